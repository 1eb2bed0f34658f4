import Foundation

/// Keeps the values of variables from leading a path away from where its author pointed it.
///
/// A path that is one variable and nothing else is whatever the variable says. In every other path a value may name
/// files and folders below the author's prefix; it may not climb (`..`), start over (`/`, `s3://`) or hide (NUL).
enum PathText {
    /// Bytes; Linux allows no longer one.
    static let lengthLimit = 4096

    /// What is wrong with a path, if anything.
    static func mistake(in outcome: VariableSubstitution.Outcome, isWholeVariable: Bool) -> VariableTemplate.Mistake? {
        let path = outcome.text
        if path.isEmpty { return VariableTemplate.Mistake(message: "the path is empty", offset: 0) }
        if path.utf8.count > lengthLimit {
            return VariableTemplate.Mistake(
                message: "the path has \(path.utf8.count) bytes; at most \(lengthLimit) are allowed", offset: 0)
        }
        for piece in outcome.pieces
        where piece.text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            let subject = piece.variable.map { "the value of variable \"\($0)\"" } ?? "the path"
            return VariableTemplate.Mistake(message: "\(subject) holds a control character", offset: piece.offset)
        }
        guard !isWholeVariable else { return nil }
        return climbing(outcome.pieces) ?? startingOver(outcome.pieces)
    }

    /// A `..` part of which any character came from a variable. `%2e` is a dot to those who read URIs.
    private static func climbing(_ pieces: [VariableSubstitution.Outcome.Piece]) -> VariableTemplate.Mistake? {
        var part = ""
        var culprit: (name: String, offset: Int)?
        func mistake() -> VariableTemplate.Mistake? {
            guard let culprit, part.lowercased().replacing("%2e", with: ".") == ".." else { return nil }
            return VariableTemplate.Mistake(
                message: "the value of variable \"\(culprit.name)\" adds a \"..\" part to the path; write it in the "
                    + "pipeline itself, or make the whole path one variable", offset: culprit.offset)
        }
        for piece in pieces {
            for scalar in piece.text.unicodeScalars {
                if scalar == "/" || scalar == "\\" {
                    if let mistake = mistake() { return mistake }
                    part = ""
                    culprit = nil
                } else {
                    part.unicodeScalars.append(scalar)
                    if let name = piece.variable { culprit = culprit ?? (name, piece.offset) }
                }
            }
        }
        return mistake()
    }

    /// A value behind other text that begins with `/` or holds a scheme.
    private static func startingOver(_ pieces: [VariableSubstitution.Outcome.Piece]) -> VariableTemplate.Mistake? {
        var before = ""
        for piece in pieces {
            defer { before += piece.text }
            guard let name = piece.variable, !before.isEmpty else { continue }
            let joined = before + piece.text
            if piece.text.utf8.first == UInt8(ascii: "/") {
                return VariableTemplate.Mistake(
                    message: "the value of variable \"\(name)\" begins with \"/\" in the middle of the path",
                    offset: piece.offset)
            }
            if schemes(in: joined) > schemes(in: before) {
                return VariableTemplate.Mistake(
                    message: "the value of variable \"\(name)\" adds a URI scheme in the middle of the path",
                    offset: piece.offset)
            }
        }
        return nil
    }

    private static func schemes(in text: String) -> Int { text.ranges(of: "://").count }
}
