/// Finds where in the file each part of a scalar's text stands.
///
/// YAML folds lines, strips indentation and resolves escapes between file and text, but never reorders: the
/// visible characters of the text follow each other in the file in the same order. So the two are walked
/// side by side, and whatever does not match means "unknown", never a wrong place.
enum TextAlignment {
    /// The origin of the text of the scalar that begins at `position`.
    static func origin(
        of scalar: YAMLScalar, at position: SourcePosition?, in text: YAMLText, file: String?, path: String
    )
        -> TextOrigin
    {
        guard let position, let offset = text.offset(of: position) else {
            return TextOrigin(file: file, path: path, start: position)
        }
        let start = contentStart(scalar, text.scalars, from: offset)
        let first = start.map(text.position(ofScalar:)) ?? position
        let origin = TextOrigin(file: file, path: path, start: first)
        guard let start, let anchors = anchors(scalar, text, from: start) else { return origin }
        // A text that runs beside the file from its first character needs no anchors.
        if anchors.count == 1, anchors[0] == TextOrigin.Anchor(offset: 0, position: first) { return origin }
        return TextOrigin(file: file, path: path, start: anchors.first?.position ?? first, anchors: anchors)
    }

    /// Behind an anchor or tag, the opening quote, or the header line of a block.
    private static func contentStart(_ scalar: YAMLScalar, _ source: [Unicode.Scalar], from offset: Int) -> Int? {
        var index = offset
        while index < source.count, source[index] == "&" || source[index] == "!" {
            while index < source.count, !isBlank(source[index]) { index += 1 }
            while index < source.count, isBlank(source[index]) { index += 1 }
        }
        guard index < source.count else { return nil }
        switch scalar.style {
        case .plain: return index
        case .singleQuoted: return source[index] == "'" ? index + 1 : nil
        case .doubleQuoted: return source[index] == "\"" ? index + 1 : nil
        case .literal, .folded:
            return source[index...].firstIndex { $0 == "\n" || $0 == "\r" }.map { $0 + 1 }
        }
    }

    private static func anchors(_ scalar: YAMLScalar, _ text: YAMLText, from start: Int) -> [TextOrigin.Anchor]? {
        let source = text.scalars
        var anchors: [TextOrigin.Anchor] = []
        var index = start
        var expected: Int?
        for (offset, wanted) in scalar.text.unicodeScalars.enumerated() {
            guard let length = match(wanted, scalar.style, source, &index) else { return nil }
            if index != expected || (index > 0 && isLineBreak(source[index - 1])) {
                anchors.append(
                    TextOrigin.Anchor(offset: offset, position: text.position(ofScalar: min(index, source.count))))
            }
            // Where one character of the text is several in the file, the next needs an anchor of its own.
            expected = length == 1 ? index + 1 : nil
            index += length
        }
        return anchors
    }

    /// Moves `index` to where `wanted` stands and answers its length in the file; nil when it is not there.
    private static func match(
        _ wanted: Unicode.Scalar, _ style: YAMLScalar.Style, _ source: [Unicode.Scalar], _ index: inout Int
    ) -> Int? {
        if isBlank(wanted) {
            if index < source.count, source[index] == wanted { return 1 }
            if style == .doubleQuoted, let length = escapeLength(source, &index) { return length }
            // Folded away: it stands where the line ends.
            return 0
        }
        while true {
            while index < source.count, isBlank(source[index]) { index += 1 }
            guard index < source.count else { return nil }
            guard style == .doubleQuoted, source[index] == "\\" else { break }
            let before = index
            if let length = escapeLength(source, &index) { return length }
            // A continued line: the backslash and the break stand for nothing.
            if index == before { return nil }
        }
        guard source[index] == wanted else { return nil }
        if style == .singleQuoted, wanted == "'" {
            return index + 1 < source.count && source[index + 1] == "'" ? 2 : nil
        }
        return 1
    }

    /// The length of an escape at `index` that stands for one character; nil where there is none. Passes a
    /// backslash at the end of a line.
    private static func escapeLength(_ source: [Unicode.Scalar], _ index: inout Int) -> Int? {
        guard index + 1 < source.count, source[index] == "\\" else { return nil }
        switch source[index + 1] {
        case "x": return 4
        case "u": return 6
        case "U": return 10
        case "\n", "\r":
            index += 2
            return nil
        default: return 2
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || isLineBreak(scalar)
    }

    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }
}
