/// Where a scalar's text stands in the pipeline file, so that an offset inside it can be shown as line and column.
public struct TextOrigin: Hashable, Sendable {
    public var file: String?
    /// `transforms[2].predicate`.
    public var path: String
    /// Of the text's first character (behind an opening quote); nil when unknown.
    public var start: SourcePosition?
    /// For block scalars: where each line of the text begins in the file. Empty: all on one line from `start`.
    public var lineStarts: [SourcePosition]
    /// Where text and file part ways (folded lines, escapes, block scalars): from each offset on, up to the next, the
    /// text runs beside the file. Sorted by offset; when not empty, it decides and the above do not.
    public var anchors: [Anchor]

    public struct Anchor: Hashable, Sendable {
        /// Unicode scalars of the text, counted from 0.
        public var offset: Int
        public var position: SourcePosition

        public init(offset: Int, position: SourcePosition) {
            self.offset = offset
            self.position = position
        }
    }

    public init(
        file: String? = nil, path: String, start: SourcePosition? = nil, lineStarts: [SourcePosition] = [],
        anchors: [Anchor] = []
    ) {
        self.file = file
        self.path = path
        self.start = start
        self.lineStarts = lineStarts
        self.anchors = anchors
    }

    /// The position of a Unicode scalar, counted from 0, of `text`.
    public func position(ofScalar offset: Int, in text: String) -> SourcePosition? {
        if let position = anchoredPosition(ofScalar: offset) { return position }
        guard let start else { return nil }
        var line = 0
        var column = 0
        for scalar in text.unicodeScalars.prefix(offset) {
            if scalar == "\n" {
                line += 1
                column = 0
            } else {
                column += 1
            }
        }
        let base =
            line < lineStarts.count
            ? lineStarts[line] : SourcePosition(line: start.line + line, column: line == 0 ? start.column : 1)
        return SourcePosition(line: base.line, column: base.column + column)
    }

    /// The position as the anchors tell it; nil when there are none.
    func anchoredPosition(ofScalar offset: Int) -> SourcePosition? {
        guard let first = anchors.first else { return nil }
        var low = 0
        var high = anchors.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if anchors[middle].offset <= offset { low = middle } else { high = middle }
        }
        guard first.offset <= offset else { return first.position }
        let anchor = anchors[low]
        return SourcePosition(
            line: anchor.position.line, column: anchor.position.column + offset - anchor.offset)
    }
}
