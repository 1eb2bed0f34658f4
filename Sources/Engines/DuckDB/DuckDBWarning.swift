import Fleet

/// A warning of DuckDB as far as it may be kept: what kind it is. Behind the first sign that something is quoted,
/// counted or listed there may be values of rows.
struct DuckDBWarning {
    let said: AttemptProgress.Said

    /// nil: nothing is left of it.
    init?(_ text: String) {
        let body = text.drop { $0.isWhitespace }
        let sentence = body.hasPrefix("WARNING:") ? body.dropFirst("WARNING:".count).drop { $0.isWhitespace } : body
        let kind = sentence.prefix { $0.isLetter || $0 == " " || $0 == "-" || $0 == "_" }
        let words = kind.split(separator: " ")
        guard words.count > 1 else { return nil }
        said = AttemptProgress.Said(.warning, "DuckDB warns: \(words.joined(separator: " "))")
    }
}
