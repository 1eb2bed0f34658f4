/// Several words without quotes that stand for one text or one name.
extension ExpressionGrammar {
    /// Words that go on with an expression or a call, so that none is part of a name unless it begins it.
    private static let particles: Set<String> = [
        "as", "asc", "by", "desc", "distinct", "escape", "filter", "for", "from", "nulls", "order", "over", "where",
    ]

    /// `city = New York`: several words that are the whole right side of a comparison are a text. A single one could be
    /// a column: that is told when the columns are known.
    mutating func bareText() -> Part? {
        let end = endOfBareWords(from: index)
        guard end > index + 1, isRightEdge(end) else { return nil }
        let start = token.start
        let text = slice(start, tokens[end - 1].end - start)
        report("\"\(text)\" is read as the text '\(text)'; write it in quotes", at: start, .warning)
        index = end
        return leaf(.literal(.text(text)), at: start)
    }

    /// `unit price * 2`, `concat(first name, last name)`: several words where a value is wanted are one column. The
    /// first of them has been read.
    mutating func bareName(from start: Int) -> String? {
        let end = endOfBareWords(from: index - 1)
        guard end > index else { return nil }
        let operators = ["+", "-", "*", "/", "%", "||", "::"]
        guard isRightEdge(end) || operators.contains(where: { tokens[end].isSymbol($0) }) else { return nil }
        index = end
        return slice(start, tokens[end - 1].end - start)
    }

    /// ` ('New York')`: how the words that begin with `first` stand as one text.
    func bareWords(from first: Int) -> String {
        let end = endOfBareWords(from: first)
        guard end > first + 1 else { return "" }
        let start = tokens[first].start
        return " ('\(slice(start, min(tokens[end - 1].end - start, 60)))')"
    }

    /// Behind the unquoted words, of which none means anything in the grammar, that begin at `first`.
    private func endOfBareWords(from first: Int) -> Int {
        var end = first
        while let word = tokens[end].word, !Self.reserved.contains(word), end == first || !Self.particles.contains(word)
        {
            end += 1
        }
        return end
    }

    private func isRightEdge(_ position: Int) -> Bool {
        let next = tokens[position]
        return next.kind == .end || next.isSymbol(")") || next.isSymbol(",")
            || ["and", "or", "when", "then", "else", "end"].contains(next.word)
            || next.word.map(Self.particles.contains) == true
    }
}
