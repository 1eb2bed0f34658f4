import Foundation
import Pipeline

/// Patterns of the language's common subset as Java reads them.
enum SparkRegex {
    /// Only `\n` ends a line (`(?d)`), `$` is the end of the text alone, and `\s` has no vertical tab.
    static func pattern(_ expression: TypedExpression) throws(PinnedToDuckDB) -> String {
        let scalars = Array(try text(expression).unicodeScalars)
        var result = String.UnicodeScalarView("(?d)".unicodeScalars)
        var isInClass = false
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            switch scalar {
            case "\\":
                index += 1
                guard index < scalars.count else { throw PinnedToDuckDB("a pattern that ends in a backslash") }
                switch scalars[index] {
                case "s": result.append(contentsOf: (isInClass ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]").unicodeScalars)
                case "S" where !isInClass: result.append(contentsOf: "[^\\t\\n\\f\\r ]".unicodeScalars)
                case "S", "b", "B": throw PinnedToDuckDB("a pattern with \\\(Character(scalars[index]))")
                default: result.append(contentsOf: [scalar, scalars[index]])
                }
            case "[" where isInClass: throw PinnedToDuckDB("a pattern with a bracket inside brackets")
            case "[":
                isInClass = true
                result.append(scalar)
                if index + 1 < scalars.count, scalars[index + 1] == "^" {
                    index += 1
                    result.append("^")
                }
                if index + 1 < scalars.count, scalars[index + 1] == "]" {
                    index += 1
                    result.append(contentsOf: ["\\", "]"])
                }
            case "]":
                if isInClass { result.append("]") } else { result.append(contentsOf: ["\\", "]"]) }
                isInClass = false
            case "&" where isInClass: result.append(contentsOf: ["\\", "&"])
            case "$" where !isInClass: result.append(contentsOf: ["\\", "z"])
            case "(" where !isInClass && scalars.dropFirst(index + 1).starts(with: ["?", "i"]):
                throw PinnedToDuckDB("a pattern with (?i), whose letters differ")
            default: result.append(scalar)
            }
            index += 1
        }
        return String(result)
    }

    /// Where a pattern matches nothing between two signs, the engines replace at other places, and Java also between the
    /// halves of a sign that takes two units of UTF-16; what puts nothing there is the same.
    static func checkReplaceable(_ pattern: TypedExpression, by replacement: TypedExpression) throws(PinnedToDuckDB) {
        guard try !text(replacement).isEmpty, matchesBetweenSigns(try text(pattern)) else { return }
        throw PinnedToDuckDB("regexp_replace with a pattern that matches between two signs")
    }

    static func matchesBetweenSigns(_ pattern: String) -> Bool {
        guard !pattern.isEmpty else { return true }
        // At the beginning alone there is one match at most; `^*` is not bound to it.
        let isBound = pattern.hasPrefix("^") && !["*", "?", "{"].contains(pattern.dropFirst().first)
        if isBound, !pattern.contains("|") { return false }
        // What cannot be read here, Spark refuses by itself.
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return false }
        // No pattern names this sign.
        let probe = NSRange(location: 0, length: 1)
        return expression.matches(in: "\u{1}", range: probe).contains { $0.range.length == 0 }
    }

    /// `\1` is `$1`.
    static func replacement(_ expression: TypedExpression) throws(PinnedToDuckDB) -> String {
        let scalars = Array(try text(expression).unicodeScalars)
        var result = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "$": result.append(contentsOf: ["\\", "$"])
            case "\\":
                index += 1
                guard index < scalars.count else { throw PinnedToDuckDB("a replacement that ends in a backslash") }
                if ("0"..."9").contains(scalars[index]) {
                    result.append(contentsOf: ["$", scalars[index]])
                    // `\12` is group 1 and a 2; Java would look for group 12.
                    if index + 1 < scalars.count, ("0"..."9").contains(scalars[index + 1]) { result.append("\\") }
                } else {
                    result.append(contentsOf: ["\\", scalars[index]])
                }
            default: result.append(scalars[index])
            }
            index += 1
        }
        return String(result)
    }

    private static func text(_ expression: TypedExpression) throws(PinnedToDuckDB) -> String {
        guard case .literal(.text(let text)) = expression.kind else {
            throw PinnedToDuckDB("a pattern that is not written out")
        }
        return text
    }
}
