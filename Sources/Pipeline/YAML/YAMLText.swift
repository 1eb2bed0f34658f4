/// The text of a pipeline file by line and column.
struct YAMLText {
    /// Without a byte order mark.
    let string: String
    let scalars: [Unicode.Scalar]
    /// Offsets of the first scalar of each line. A line ends as the YAML parser sees it: also at NEL, LS and PS.
    private let lineStarts: [Int]

    init(_ text: String) {
        string = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        let scalars = Array(string.unicodeScalars)
        self.scalars = scalars
        var starts = [0]
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": starts.append(index + 1)
            default: break
            }
        }
        lineStarts = starts
    }

    func position(ofScalar offset: Int) -> SourcePosition {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return SourcePosition(line: low + 1, column: offset - lineStarts[low] + 1)
    }

    /// nil when the file has no such place.
    func offset(of position: SourcePosition) -> Int? {
        guard position.line >= 1, position.line <= lineStarts.count, position.column >= 1 else { return nil }
        let offset = lineStarts[position.line - 1] + position.column - 1
        return offset <= scalars.count ? offset : nil
    }

    /// The first scalar that YAML forbids (control characters, mostly).
    var firstForbidden: Int? {
        scalars.firstIndex { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
                0x10000...0x10FFFF:
                false
            default: true
            }
        }
    }

    /// No value of the file is nested deeper. Every bracket might open a level, and every column before a line's
    /// first word might be the indentation of two (a mapping, and a list in it that is not indented).
    var nestingBound: Int {
        var brackets = 0
        var widest = 0
        var indentation: Int? = 0
        for scalar in scalars {
            switch scalar {
            case "[", "{":
                brackets += 1
                indentation = nil
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": indentation = 0
            case " ", "-", "?", ":", "\t":
                indentation = indentation.map { $0 + 1 }
                widest = max(widest, indentation ?? 0)
            default: indentation = nil
            }
        }
        return brackets + 2 * (widest + 1)
    }
}
