import Foundation
import Synchronization

/// Where text goes: results to stdout, everything about them to stderr.
enum Console {
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    /// Whether a line of stderr can be drawn over.
    static let drawsLines = isatty(STDERR_FILENO) == 1 && !isDumb
    private static let isDumb = ProcessInfo.processInfo.environment["TERM"].map { $0.isEmpty || $0 == "dumb" } ?? true
    private static let hasColour = ProcessInfo.processInfo.environment["NO_COLOR"] == nil && !isDumb

    private struct State {
        /// What stands in the last line of the terminal and goes away again.
        var line = ""
        var hasSaid = false
    }

    private static let state = Mutex(State())

    /// Whether anything went to stdout.
    static var hasSaid: Bool { state.withLock { $0.hasSaid } }

    static func say(_ text: String) {
        state.withLock { state in
            state.hasSaid = true
            aroundLine(state.line) { write(text + "\n", to: .standardOutput) }
        }
    }

    static func note(_ text: String) {
        state.withLock { state in aroundLine(state.line) { write(text + "\n", to: .standardError) } }
    }

    /// Replaces the line that is drawn over, on a terminal; nothing elsewhere. Empty: takes it away.
    static func replaceLine(_ text: String) {
        guard drawsLines else { return }
        let text = cut(text, to: width - 1)
        state.withLock { state in
            guard text != state.line else { return }
            write(clearing + text, to: .standardError)
            state.line = text
        }
    }

    private static let clearing = "\r\u{1B}[2K"

    /// The line steps aside for text that stays.
    private static func aroundLine(_ line: String, _ body: () -> Void) {
        guard !line.isEmpty else { return body() }
        write(clearing, to: .standardError)
        body()
        write(line, to: .standardError)
    }

    /// A line that wraps can't be drawn over.
    static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }

    /// Columns of the terminal.
    private static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func write(_ text: String, to handle: FileHandle) {
        // A reader that went away (a closed pipe) is no reason to fail a run.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case grey = "90"
        case bold = "1"
    }

    static func coloured(_ text: String, _ colour: Colour?) -> String {
        guard let colour, isTerminal, hasColour else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }
}
