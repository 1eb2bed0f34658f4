/// Pieces of SQL that this folder puts together itself.
///
/// All of this works on Unicode scalars: as a `Character`, a quote followed by a combining mark is no quote.
enum DuckDBText {
    static func literal(_ text: String) -> String { quoted(text, by: "'") }

    static func identifier(_ name: String) -> String { quoted(name, by: "\"") }

    /// A path as a table function of DuckDB takes it, standing for itself whatever it holds.
    static func exactPath(_ path: String) -> String { literal(exactPattern(path)) }

    /// The pattern that stands for this path alone.
    static func exactPattern(_ path: String) -> String {
        String(
            String.UnicodeScalarView(
                path.unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
                    "*?[".unicodeScalars.contains(scalar) ? ["[", scalar, "]"] : [scalar]
                }))
    }

    /// A statement as the child may be given it. A NUL would end it early; it is no part of a path or of a text that
    /// DuckDB could store.
    static func statement(_ sql: String) -> String {
        guard sql.utf8.contains(0) else { return sql }
        var kept = String.UnicodeScalarView()
        kept.append(contentsOf: sql.unicodeScalars.map { $0 == "\0" ? "\u{fffd}" : $0 })
        return String(kept)
    }

    private static func quoted(_ text: String, by quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in text.unicodeScalars {
            if scalar == quote { result.append(quote) }
            result.append(scalar)
        }
        result.append(quote)
        return String(result)
    }
}
