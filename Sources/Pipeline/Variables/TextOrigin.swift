/// Where a scalar's text stands in the pipeline file, so that an offset inside it can be shown as line and column.
public struct TextOrigin: Hashable, Sendable {
    public var file: String?
    /// `transforms[2].predicate`.
    public var path: String
    /// Of the text's first character (behind an opening quote); nil when unknown.
    public var start: SourcePosition?
    /// For block scalars: where each line of the text begins in the file. Empty: all on one line from `start`.
    public var lineStarts: [SourcePosition]

    public init(file: String? = nil, path: String, start: SourcePosition? = nil, lineStarts: [SourcePosition] = []) {
        self.file = file
        self.path = path
        self.start = start
        self.lineStarts = lineStarts
    }

    /// The position of a Unicode scalar, counted from 0, of `text`.
    public func position(ofScalar offset: Int, in text: String) -> SourcePosition? {
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
}
