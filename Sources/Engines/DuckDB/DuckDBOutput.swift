/// Takes a child's standard output apart: results between markers, progress and warnings between them.
///
/// After each statement the child is told to print a marker that no one can guess, so the text before it is that
/// statement's result, whatever it holds. While a statement runs, the child draws a progress bar: a carriage
/// return, blanks, a percentage, and a bar, again and again, closed by a newline. A result never holds a raw
/// carriage return (JSON escapes it), so one always begins a bar, and a bar never holds a bracket or a marker.
///
/// A warning stands before the result, in a colour: what is between an escape sequence that sets one and that which
/// sets it back (JSON escapes these as well).
struct DuckDBOutput {
    enum Event: Equatable {
        /// 0 to 1.
        case progress(Double)
        case result([UInt8])
        /// As DuckDB words it; its first bytes.
        case warning(String)
    }

    enum Limit: Error { case resultTooLarge }

    static let recordSeparator: UInt8 = 0x1e
    private static let escape: UInt8 = 0x1b
    private static let warningLimit = 1024

    private let marker: [UInt8]
    private let maximumBytes: Int
    private var frame: [UInt8] = []
    /// The beginning of the bar being drawn; nil outside one.
    private var bar: [UInt8]?
    /// The escape sequence being read; nil outside one.
    private var sequence: [UInt8]?
    /// What was said in a colour so far; nil outside of it.
    private var coloured: [UInt8]?

    /// `marker` begins with the record separator and is followed by a newline in the output.
    init(marker: String, maximumBytes: Int) {
        self.marker = Array(marker.utf8) + [UInt8(ascii: "\n")]
        self.maximumBytes = maximumBytes
    }

    mutating func take(_ bytes: some Sequence<UInt8>) throws(Limit) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            if takesColoured(byte, &events) { continue }
            if bar != nil {
                switch byte {
                case UInt8(ascii: "\r"):
                    bar = []
                    continue
                case UInt8(ascii: "\n"):
                    bar = nil
                    continue
                case UInt8(ascii: "["), UInt8(ascii: "{"), Self.recordSeparator:
                    bar = nil
                case UInt8(ascii: "%"):
                    if let fraction = percentage() { events.append(.progress(fraction)) }
                    continue
                default:
                    if bar?.count ?? 8 < 8 { bar?.append(byte) }
                    continue
                }
            } else if byte == UInt8(ascii: "\r") {
                bar = []
                continue
            }
            frame.append(byte)
            if byte == UInt8(ascii: "\n"), frame.suffix(marker.count).elementsEqual(marker) {
                frame.removeLast(marker.count)
                events.append(.result(frame))
                frame = []
            }
            if frame.count > maximumBytes + marker.count { throw .resultTooLarge }
        }
        return events
    }

    /// Whether the byte belongs to an escape sequence or stands between two.
    private mutating func takesColoured(_ byte: UInt8, _ events: inout [Event]) -> Bool {
        if byte == Self.escape {
            (sequence, bar) = ([], nil)
            return true
        }
        if let begun = sequence {
            guard byte == UInt8(ascii: "m") || begun.count > 8 else {
                sequence = begun + [byte]
                return true
            }
            sequence = nil
            let isReset = begun.allSatisfy { [UInt8(ascii: "["), UInt8(ascii: "0")].contains($0) }
            if isReset {
                let text = String(decoding: coloured ?? [], as: UTF8.self)
                if !text.isEmpty { events.append(.warning(text)) }
            }
            coloured = isReset ? nil : coloured ?? []
            return true
        }
        guard let said = coloured else { return false }
        // A marker ends whatever was not closed.
        if byte == Self.recordSeparator {
            coloured = nil
            return false
        }
        if said.count < Self.warningLimit { coloured?.append(byte) }
        return true
    }

    private func percentage() -> Double? {
        guard let bar else { return nil }
        let digits = bar.filter { $0 != UInt8(ascii: " ") }
        guard let percent = Int(String(decoding: digits, as: UTF8.self)), (0...100).contains(percent) else {
            return nil
        }
        return Double(percent) / 100
    }
}
