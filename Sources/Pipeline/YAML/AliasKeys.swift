/// Keeps files away from the YAML composer whose keys are, or hold, aliases.
///
/// The composer hashes every key with all that it holds. Plain keys cost nothing; a key made of aliases of lists of
/// aliases costs time without bound, long before this program sees a node. Pipelines have plain keys only, so the
/// test may be coarse: it looks at characters, not at structure, and never misses such a key.
enum AliasKeys {
    /// The offset of what may be such a key, in a file that refers to anchors of its own.
    static func firstSuspect(in scalars: [Unicode.Scalar]) -> Int? {
        let used = names(after: "&", in: scalars).intersection(names(after: "*", in: scalars))
        guard !used.isEmpty else { return nil }
        return scalars.indices.first { index in
            switch scalars[index] {
            case "?": index == 0 || isBreak(scalars[index - 1]) || "[{,:".unicodeScalars.contains(scalars[index - 1])
            case "]", "}": isFollowedByColon(scalars, from: index + 1)
            case "*":
                isFollowedByColon(scalars, from: index + 1 + name(scalars, from: index + 1).count)
                    && used.contains(name(scalars, from: index + 1))
            default: false
            }
        }
    }

    private static func names(after mark: Unicode.Scalar, in scalars: [Unicode.Scalar]) -> Set<
        ArraySlice<Unicode.Scalar>
    > {
        var names: Set<ArraySlice<Unicode.Scalar>> = []
        for index in scalars.indices where scalars[index] == mark {
            let name = name(scalars, from: index + 1)
            if !name.isEmpty { names.insert(name) }
        }
        return names
    }

    private static func name(_ scalars: [Unicode.Scalar], from start: Int) -> ArraySlice<Unicode.Scalar> {
        scalars[start...].prefix { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
            default: false
            }
        }
    }

    private static func isFollowedByColon(_ scalars: [Unicode.Scalar], from start: Int) -> Bool {
        scalars[start...].first { $0 != " " && $0 != "\t" } == ":"
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
}
