import Foundation

/// Where text goes: results to stdout, everything about them to stderr.
enum Console {
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    private static let hasColour =
        ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    static func say(_ text: String) { write(text + "\n", to: .standardOutput) }

    static func note(_ text: String) { write(text + "\n", to: .standardError) }

    /// Replaces the current line of a terminal; nothing elsewhere.
    static func replaceLine(_ text: String) {
        guard errorIsTerminal else { return }
        write("\r\u{1B}[2K" + text, to: .standardError)
    }

    static func write(_ text: String, to handle: FileHandle) {
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
