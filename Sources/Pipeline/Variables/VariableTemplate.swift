/// A text with references taken apart: `${NAME}`, `${NAME:-default}`, `${NAME|-1d}`, `${secret:NAME}`, and `$${` for
/// `${` itself.
///
/// A default reaches to the closing brace and may hold references of its own.
struct VariableTemplate {
    indirect enum Part {
        /// `offset`: of its first character, in Unicode scalars of the whole text; runs beside the text from there.
        case text(String, offset: Int)
        case reference(Reference)
    }

    struct Reference {
        enum Subject {
            case variable(String, DateShift?)
            case secret(String)
        }

        var subject: Subject
        var fallback: [Part]?
        /// Of the `$`.
        var offset: Int
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
            parts = [.text(text, offset: 0)]
            return
        }
        var reader = VariableReader(Array(text.unicodeScalars))
        parts = reader.parts()
        mistakes = reader.mistakes
    }

    /// The whole text is one variable, perhaps with a default.
    var isSingleReference: Bool {
        guard parts.count == 1, case .reference = parts[0] else { return false }
        return true
    }

    /// Every variable that it refers to, also inside defaults.
    var variables: Set<String> {
        var names: Set<String> = []
        var pending = parts
        while let part = pending.popLast() {
            guard case .reference(let reference) = part else { continue }
            if case .variable(let name, _) = reference.subject { names.insert(name) }
            pending += reference.fallback ?? []
        }
        return names
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.unicodeScalars.enumerated().allSatisfy { VariableReader.isNameScalar($1, first: $0 == 0) }
    }
}
