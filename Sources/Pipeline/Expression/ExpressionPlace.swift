/// Turns scalar offsets of an expression's text into places in the pipeline file, in constant time per line.
struct ExpressionPlace {
    let origin: TextOrigin
    /// Offsets at which the lines of the text begin.
    private let lineOffsets: [Int]

    init(_ scalars: [Unicode.Scalar], origin: TextOrigin) {
        self.origin = origin
        var offsets = [0]
        for (index, scalar) in scalars.enumerated() where scalar == "\n" { offsets.append(index + 1) }
        lineOffsets = offsets
    }

    func position(_ offset: Int) -> SourcePosition? {
        if let position = origin.anchoredPosition(ofScalar: offset) { return position }
        guard let start = origin.start else { return nil }
        var low = 0
        var high = lineOffsets.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineOffsets[middle] <= offset { low = middle } else { high = middle }
        }
        let base =
            low < origin.lineStarts.count
            ? origin.lineStarts[low] : SourcePosition(line: start.line + low, column: low == 0 ? start.column : 1)
        return SourcePosition(line: base.line, column: base.column + offset - lineOffsets[low])
    }

    func problem(_ message: String, at offset: Int) -> Problem {
        Problem(message, file: origin.file, position: position(offset), path: origin.path)
    }
}
