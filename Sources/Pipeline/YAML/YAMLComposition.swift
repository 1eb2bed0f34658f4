import Yams

/// The composer's tree of a file, with keys that stand twice told apart.
///
/// The composer stops at a repeated key, and takes composed and decomposed forms of a letter for the same. So such a
/// key is disguised (its first letter replaced by one that nobody uses, which keeps every position) and the file is
/// composed again; whoever reads the tree asks `name(of:at:)` for the key as written.
struct YAMLComposition {
    let root: Node?
    private let disguised: [SourcePosition: Unicode.Scalar]
    private let hidesBraces: Bool

    /// More repeated keys than this are not reported one by one.
    static let repetitionLimit = 32
    /// Scalars that composing again for repeated keys may read in all: a large file has fewer tries.
    static let repetitionWork = 2 << 20

    static func compose(_ text: YAMLText) throws(Problem) -> YAMLComposition {
        guard text.nestingBound > shallow else { return try composeHere(text) }
        return try DeepStack.run {
            Result { () throws(Problem) in try composeHere(text) }
        }.get()
    }

    /// Levels of nesting that any thread's stack holds.
    private static let shallow = 100

    private static func composeHere(_ text: YAMLText) throws(Problem) -> YAMLComposition {
        if let offset = text.firstForbidden {
            let code = String(text.scalars[offset].value, radix: 16, uppercase: true)
            throw Problem(
                "the file holds the control character 0x\(code), "
                    + "which YAML does not allow; write it as an escape in double quotes",
                position: text.position(ofScalar: offset))
        }
        if let offset = AliasKeys.firstSuspect(in: text.scalars) {
            throw Problem(
                "in a file with aliases (*name), keys must be plain text; this may be a key made of a list, a mapping "
                    + "or an alias", position: text.position(ofScalar: offset))
        }
        let hidden = VariableBraces.hidden(text.scalars)
        var scalars = hidden ?? text.scalars
        var disguised: [SourcePosition: Unicode.Scalar] = [:]
        while true {
            do {
                let string =
                    disguised.isEmpty && hidden == nil ? text.string : String(String.UnicodeScalarView(scalars))
                // Without rules of its own: every key is text, and what values mean is decided here, so that
                // nothing is constructed.
                let parser = try Parser(
                    yaml: string, resolver: .basic, constructor: Constructor([:], [:], [:]), encoding: .utf8)
                return YAMLComposition(root: try parser.singleRoot(), disguised: disguised, hidesBraces: hidden != nil)
            } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
                let position = SourcePosition(line: context.mark.line, column: context.mark.column)
                guard disguised.count < min(repetitionLimit, repetitionWork / max(1, scalars.count)),
                    let offset = disguisable(text, at: position),
                    disguised[position] == nil
                else {
                    throw Problem(
                        "key \"\((duplicates.first ?? "").prefix(60))\" stands more than once in this mapping",
                        position: position)
                }
                disguised[position] = scalars[offset]
                scalars[offset] = Unicode.Scalar(0xE000 + UInt32(disguised.count)) ?? "\u{E000}"
            } catch let error as YamlError {
                throw problem(error)
            } catch {
                throw Problem("the file cannot be read as YAML: \(error)")
            }
        }
    }

    /// A text as the author wrote it.
    func text(_ text: String) -> String { hidesBraces ? VariableBraces.shown(text) : text }

    /// The key as the author wrote it.
    func name(of key: String, at position: SourcePosition?) -> String {
        let key = self.text(key)
        guard let position, let first = disguised[position] else { return key }
        return String(String.UnicodeScalarView([first] + key.unicodeScalars.dropFirst()))
    }

    /// Where the first letter of the key at a position stands, unless replacing it would change more than the letter.
    private static func disguisable(_ text: YAMLText, at position: SourcePosition) -> Int? {
        guard var offset = text.offset(of: position), offset < text.scalars.count else { return nil }
        let first = text.scalars[offset]
        if first == "\"" || first == "'" {
            offset += 1
            guard offset < text.scalars.count else { return nil }
        }
        switch text.scalars[offset] {
        case "\\", "'", "\"", "&", "!", "*", " ", "\t", "\n", "\r", "|", ">", "[", "{", "?", ":", "-": return nil
        default: return offset
        }
    }

    private static func problem(_ error: YamlError) -> Problem {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let before = context.map { "\($0.text): " } ?? ""
            return Problem(
                "YAML syntax: \(before)\(problem)\(hint(problem))",
                position: SourcePosition(line: mark.line, column: mark.column))
        case .reader(let problem, _, _, _): return Problem("YAML syntax: \(problem)")
        case .memory: return Problem("the YAML parser ran out of memory")
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping:
            return Problem("the file cannot be read as YAML")
        }
    }

    /// The parser's words are those of a grammar; the commonest get an advice.
    private static func hint(_ problem: String) -> String {
        switch problem {
        case "mapping values are not allowed in this context":
            "; a text that holds \": \" needs quotes, fields of one mapping need the same indentation, and a colon "
                + "behind a name needs a blank"
        case "found character that cannot start any token":
            "; indent with blanks, not tabs, and quote a text that begins with @, ` or %"
        case "did not find expected key":
            "; fields of one mapping need the same indentation, and a value that begins with a quote must end with it "
                + "(an expression such as 'a' || b needs double quotes around all of it)"
        case "did not find expected '-' indicator":
            "; entries of one list begin with \"- \" at the same indentation"
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            "; a bracket is not closed, or a text that holds , : [ ] { } needs quotes"
        case "block sequence entries are not allowed in this context":
            "; a list begins on a line of its own, and a text that begins with \"- \" needs quotes"
        case "did not find expected comment or line break":
            "; a text that begins with | or > needs quotes"
        case "found undefined alias": "; quote a text that begins with *"
        default: ""
        }
    }
}
