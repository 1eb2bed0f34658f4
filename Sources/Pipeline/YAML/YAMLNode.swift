/// One value of a pipeline file with the place where it stands. Aliases and merges have been resolved.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case mapping([Entry])
        case sequence([YAMLNode])
        case scalar(YAMLScalar)
    }

    struct Entry: Sendable {
        /// Keys are always text: `on:` is "on".
        var key: String
        var keyPosition: SourcePosition?
        var value: YAMLNode
    }

    var content: Content
    var position: SourcePosition?

    /// For messages: `a list`, `the text "x"`.
    var description: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar): scalar.meaning.noun
        }
    }

    /// Whether two nodes were written with the same meaning, wherever they stand.
    func means(sameAs other: YAMLNode) -> Bool {
        switch (content, other.content) {
        case (.scalar(let left), .scalar(let right)):
            left.text.utf8.elementsEqual(right.text.utf8)
        case (.sequence(let left), .sequence(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.means(sameAs: $1) }
        case (.mapping(let left), .mapping(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy {
                    $0.key.utf8.elementsEqual($1.key.utf8) && $0.value.means(sameAs: $1.value)
                }
        default: false
        }
    }
}

/// A scalar as written: its text after YAML's own unquoting and unfolding.
struct YAMLScalar: Sendable {
    enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

    var text: String
    var style: Style
    /// Written with the tag `!!str`: text, although plain.
    var isTaggedText: Bool

    /// What the scalar is without regard to the field that it stands in.
    var meaning: ScalarMeaning {
        style == .plain && !isTaggedText ? ScalarMeaning(plain: text) : .text
    }
}
