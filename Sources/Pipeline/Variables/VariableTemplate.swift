/// A text with references to variables, taken apart: `${NAME}`, `${NAME:-default}`, and `$${` for `${` itself.
///
/// A default reaches to the closing brace and may hold references of its own.
struct VariableTemplate {
    indirect enum Part {
        case text(String)
        /// `offset`: of the `$`, in Unicode scalars of the whole text.
        case reference(name: String, fallback: [Part]?, offset: Int)
    }

    struct Mistake: Equatable {
        var message: String
        var offset: Int
    }

    private(set) var parts: [Part] = []
    private(set) var mistakes: [Mistake] = []

    static let depthLimit = 16

    init(_ text: String) {
        guard text.utf8.contains(UInt8(ascii: "$")) else {
            parts = [.text(text)]
            return
        }
        var reader = Reader(scalars: Array(text.unicodeScalars))
        parts = reader.parts(isNested: false, depth: 0)
        mistakes = reader.mistakes
    }

    /// The whole text is one variable, perhaps with a default.
    var isSingleReference: Bool {
        guard parts.count == 1, case .reference = parts[0] else { return false }
        return true
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.unicodeScalars.enumerated().allSatisfy { Reader.isNameScalar($1, first: $0 == 0) }
    }

    private struct Reader {
        let scalars: [Unicode.Scalar]
        var index = 0
        var mistakes: [Mistake] = []

        init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

        /// Up to the end, or to the brace that closes the reference around.
        mutating func parts(isNested: Bool, depth: Int) -> [Part] {
            var parts: [Part] = []
            var text = String.UnicodeScalarView()
            while index < scalars.count {
                if isNested, scalars[index] == "}" { break }
                if at("$${") {
                    text.append(contentsOf: "${".unicodeScalars)
                    index += 3
                } else if at("${") {
                    if !text.isEmpty { parts.append(.text(String(text))) }
                    text = String.UnicodeScalarView()
                    if let part = reference(depth: depth) { parts.append(part) }
                } else {
                    text.append(scalars[index])
                    index += 1
                }
            }
            if !text.isEmpty { parts.append(.text(String(text))) }
            return parts
        }

        private mutating func reference(depth: Int) -> Part? {
            let start = index
            guard depth < depthLimit else {
                mistakes.append(Mistake(message: "variables are nested more than \(depthLimit) deep", offset: start))
                index = scalars.count
                return nil
            }
            index += 2
            var name = String.UnicodeScalarView()
            while index < scalars.count, Reader.isNameScalar(scalars[index], first: name.isEmpty) {
                name.append(scalars[index])
                index += 1
            }
            if !name.isEmpty, at("}") {
                index += 1
                return .reference(name: String(name), fallback: nil, offset: start)
            }
            if !name.isEmpty, at(":-") {
                index += 2
                let fallback = parts(isNested: true, depth: depth + 1)
                guard at("}") else {
                    if index < scalars.count || mistakes.isEmpty { mistakes.append(unclosed(start)) }
                    return nil
                }
                index += 1
                return .reference(name: String(name), fallback: fallback, offset: start)
            }
            skipMistake(from: start)
            return nil
        }

        private mutating func skipMistake(from start: Int) {
            guard let close = scalars[start...].firstIndex(of: "}") else {
                mistakes.append(unclosed(start))
                index = scalars.count
                return
            }
            index = close + 1
            let text = String(String.UnicodeScalarView(scalars[start...close].prefix(60)))
            let message =
                if text.hasPrefix("${secret:") {
                    "not yet: secrets in a pipeline (\(text))"
                } else if text.contains("|") {
                    "not yet: date arithmetic in a variable (\(text))"
                } else {
                    "\(text) is not a reference to a variable; write ${NAME} or ${NAME:-default}, and $${ where the "
                        + "characters ${ are meant"
                }
            mistakes.append(Mistake(message: message, offset: start))
        }

        private func unclosed(_ start: Int) -> Mistake {
            Mistake(message: "${ has no closing brace; write $${ where the characters ${ are meant", offset: start)
        }

        private func at(_ text: StaticString) -> Bool {
            text.withUTF8Buffer { bytes in
                index + bytes.count <= scalars.count
                    && bytes.enumerated().allSatisfy { scalars[index + $0].value == UInt32($1) }
            }
        }

        static func isNameScalar(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
            switch scalar {
            case "A"..."Z", "a"..."z", "_": true
            case "0"..."9": !first
            default: false
            }
        }
    }
}
