/// Finds references in a text and takes them apart. Texts that hold references beside a syntax of their own
/// (expressions) use it one reference at a time.
struct VariableReader {
    let scalars: [Unicode.Scalar]
    /// Of the next scalar to read.
    private(set) var index: Int
    private(set) var mistakes: [VariableTemplate.Mistake] = []

    init(_ scalars: [Unicode.Scalar], at index: Int = 0) {
        self.scalars = scalars
        self.index = index
    }

    static func isReference(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        scalars[index] == "$" && index + 1 < scalars.count && scalars[index + 1] == "{"
    }

    /// `$${`, which stands for `${` itself.
    static func isEscape(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        scalars[index] == "$" && index + 1 < scalars.count && isReference(scalars, at: index + 1)
    }

    static func isNameScalar(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "_": true
        case "0"..."9": !first
        default: false
        }
    }

    /// Up to the end of the text.
    mutating func parts() -> [VariableTemplate.Part] { parts(isNested: false, depth: 0) }

    /// The reference that begins at `index`; nil when it has a mistake. Leaves `index` behind it.
    mutating func reference() -> VariableTemplate.Reference? { reference(depth: 0) }

    /// When nested, up to the brace that closes the reference around.
    private mutating func parts(isNested: Bool, depth: Int) -> [VariableTemplate.Part] {
        var parts: [VariableTemplate.Part] = []
        var text = String.UnicodeScalarView()
        var start = index
        func flush() { if !text.isEmpty { parts.append(.text(String(text), offset: start)) } }
        while index < scalars.count {
            if isNested, scalars[index] == "}" { break }
            if Self.isEscape(scalars, at: index) {
                // A part of its own, so that parts run beside the text.
                flush()
                start = index + 1
                text = String.UnicodeScalarView("${".unicodeScalars)
                index += 3
            } else if Self.isReference(scalars, at: index) {
                flush()
                if let reference = reference(depth: depth) { parts.append(.reference(reference)) }
                start = index
                text = String.UnicodeScalarView()
            } else {
                text.append(scalars[index])
                index += 1
            }
        }
        flush()
        return parts
    }

    private mutating func reference(depth: Int) -> VariableTemplate.Reference? {
        let start = index
        guard depth < VariableTemplate.depthLimit else {
            let message = "variables are nested more than \(VariableTemplate.depthLimit) deep"
            mistakes.append(VariableTemplate.Mistake(message: message, offset: start))
            index = scalars.count
            return nil
        }
        index += 2
        guard let subject = subject() else { return skipMistake(from: start) }
        if at("}") {
            index += 1
            return VariableTemplate.Reference(subject: subject, fallback: nil, offset: start)
        }
        // A default would leave open whether it is shifted too.
        if case .variable(_, .some) = subject { return skipMistake(from: start) }
        guard at(":-") else { return skipMistake(from: start) }
        index += 2
        let fallback = parts(isNested: true, depth: depth + 1)
        guard at("}") else {
            if index < scalars.count || mistakes.isEmpty { mistakes.append(unclosed(start)) }
            return nil
        }
        index += 1
        return VariableTemplate.Reference(subject: subject, fallback: fallback, offset: start)
    }

    /// `NAME`, `NAME|-1d` or `secret:NAME`.
    private mutating func subject() -> VariableTemplate.Reference.Subject? {
        let name = word { Self.isNameScalar($0, first: $1) }
        guard !name.isEmpty else { return nil }
        if name == "secret", at(":"), !at(":-") {
            index += 1
            let secret = word { scalar, _ in
                Self.isNameScalar(scalar, first: false) || "./-".unicodeScalars.contains(scalar)
            }
            return Self.isSecretName(secret) ? .secret(secret) : nil
        }
        guard at("|") else { return .variable(name, nil) }
        index += 1
        let shift = word { scalar, _ in scalar == "+" || scalar == "-" || Self.isNameScalar(scalar, first: false) }
        return DateShift(shift).map { .variable(name, $0) }
    }

    /// Also names a file below the folder of secrets: no part may lead out of it.
    private static func isSecretName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return name.utf8.count <= 200 && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    private mutating func word(_ belongs: (Unicode.Scalar, Bool) -> Bool) -> String {
        var word = String.UnicodeScalarView()
        while index < scalars.count, belongs(scalars[index], word.isEmpty) {
            word.append(scalars[index])
            index += 1
        }
        return String(word)
    }

    private mutating func skipMistake(from start: Int) -> VariableTemplate.Reference? {
        guard let close = scalars[start...].firstIndex(of: "}") else {
            mistakes.append(unclosed(start))
            index = scalars.count
            return nil
        }
        index = close + 1
        let text = String(String.UnicodeScalarView(scalars[start...close].prefix(60)))
        mistakes.append(VariableTemplate.Mistake(message: Self.refusal(of: text), offset: start))
        return nil
    }

    private static func refusal(of text: String) -> String {
        if text.hasPrefix("${secret:") {
            return "\(text) does not name a secret; write ${secret:NAME} with letters, digits, _, - and . in parts "
                + "parted by /"
        }
        if text.contains("|") {
            return "\(text) is not a shifted date; write ${NAME|-1d}, with d, w, m or y for days, weeks, months or "
                + "years, and give the default under variables"
        }
        return "\(text) is not a reference to a variable; write ${NAME} or ${NAME:-default}, and $${ where the "
            + "characters ${ are meant"
    }

    private func unclosed(_ start: Int) -> VariableTemplate.Mistake {
        VariableTemplate.Mistake(
            message: "${ has no closing brace; write $${ where the characters ${ are meant", offset: start)
    }

    private func at(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes in
            index + bytes.count <= scalars.count
                && bytes.enumerated().allSatisfy { scalars[index + $0].value == UInt32($1) }
        }
    }
}
