/// Regular expressions that mean the same to RE2 and to Java: what either lacks, or reads in its own way, is refused.
enum RegexSubset {
    /// nil when the pattern is fine.
    static func problem(_ pattern: String) -> String? {
        let scalars = Array(pattern.unicodeScalars)
        var index = 0
        var open = 0
        while index < scalars.count {
            switch scalars[index] {
            case "\\":
                guard index + 1 < scalars.count else { return "ends in a single \\" }
                if let problem = escapeProblem(scalars[index + 1]) { return problem }
                index += 1
            case "(":
                open += 1
                if index + 1 < scalars.count, scalars[index + 1] == "?" {
                    let next = index + 2 < scalars.count ? scalars[index + 2] : " "
                    guard next == ":" || next == "i" && index + 3 < scalars.count && scalars[index + 3] == ")" else {
                        return "holds (?\(Character(next)); only (?:…) and (?i) are possible, no lookaround"
                    }
                }
            case ")":
                open -= 1
                if open < 0 { return "has a \")\" without \"(\"" }
            case "[":
                guard let end = classEnd(scalars, from: index) else { return "has a \"[\" without \"]\"" }
                index = end
            case "*", "+", "?":
                // `a*+` is possessive in Java and an error in RE2.
                if index + 1 < scalars.count, scalars[index + 1] == "+", scalars[index] != "\\" {
                    return "holds a possessive repetition"
                }
                if index == 0 { return "begins with a repetition" }
            default: break
            }
            index += 1
        }
        return open == 0 ? nil : "has a \"(\" without \")\""
    }

    /// The number of groups that capture.
    static func groups(_ pattern: String) -> Int {
        let scalars = Array(pattern.unicodeScalars)
        var count = 0
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "\\": index += 1
            case "[": index = classEnd(scalars, from: index) ?? index
            case "(" where index + 1 >= scalars.count || scalars[index + 1] != "?": count += 1
            default: break
            }
            index += 1
        }
        return count
    }

    private static func escapeProblem(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "1"..."9": return "refers back to a group"
        case "d", "D", "w", "W", "s", "S", "b", "B", "n", "r", "t", "f", "A", "z": return nil
        case "a"..."z", "A"..."Z", "0": return "holds \\\(Character(scalar)), which engines read differently"
        default: return nil
        }
    }

    private static func classEnd(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
        var index = start + 1
        if index < scalars.count, scalars[index] == "^" { index += 1 }
        if index < scalars.count, scalars[index] == "]" { index += 1 }
        while index < scalars.count {
            if scalars[index] == "\\" { index += 1 } else if scalars[index] == "]" { return index }
            index += 1
        }
        return nil
    }
}
