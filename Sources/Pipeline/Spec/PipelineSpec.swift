/// A pipeline as its author wrote it: checked field by field, variables substituted, no schema known yet.
///
/// Field names, defaults and meanings: the language reference. Each `field` position points into the file, so
/// that a problem found later (an unknown column, say) can still name line and column.
public struct PipelineSpec: Hashable, Sendable {
    public enum EngineChoice: String, Sendable, Codable, CaseIterable { case auto, duckdb, spark }

    public var name: String
    public var description: String
    /// nil when absent: as `auto`.
    public var engine: EngineChoice?
    /// In the order written; the first is the primary table. A single `source` has the name `source`.
    public var sources: [NamedSource]
    public var transforms: [TransformSpec]
    public var checks: [CheckSpec]
    /// Absent only in a pipeline that is tried with `--dry-run`.
    public var sink: SinkSpec?
    public var options: RunOptions

    public init(
        name: String, description: String = "", engine: EngineChoice? = nil, sources: [NamedSource],
        transforms: [TransformSpec] = [], checks: [CheckSpec] = [], sink: SinkSpec? = nil,
        options: RunOptions = RunOptions()
    ) {
        self.name = name
        self.description = description
        self.engine = engine
        self.sources = sources
        self.transforms = transforms
        self.checks = checks
        self.sink = sink
        self.options = options
    }
}

/// How the fleet treats runs of this pipeline.
public struct RunOptions: Hashable, Sendable {
    /// Attempts after the first that a transient failure may cause; nil: the fleet's default.
    public var retries: Int?
    public var timeout: Duration?
    public var concurrencyKey: String?
    public var priority: Priority?
    /// Runs of this pipeline (by its name) that may be with workers at the same time; nil: any number.
    public var maxRunning: Int?
    public var tags: [String]
    /// What the choice of an engine shall weigh, where both can run the pipeline.
    public var prefer: Preference?

    public enum Preference: String, Hashable, Sendable, Codable, CaseIterable { case cost, speed }

    public init(
        retries: Int? = nil, timeout: Duration? = nil, concurrencyKey: String? = nil, priority: Priority? = nil,
        maxRunning: Int? = nil, tags: [String] = [], prefer: Preference? = nil
    ) {
        self.retries = retries
        self.timeout = timeout
        self.concurrencyKey = concurrencyKey
        self.priority = priority
        self.maxRunning = maxRunning
        self.tags = tags
        self.prefer = prefer
    }
}

public enum Priority: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case low, normal, high

    /// -1, 0, 1: as stored, higher first.
    public var rank: Int {
        switch self {
        case .low: -1
        case .normal: 0
        case .high: 1
        }
    }

    public static func < (left: Priority, right: Priority) -> Bool { left.rank < right.rank }
}

/// Where a field stands: its path (`transforms[2].predicate`) and position.
public struct FieldPlace: Hashable, Sendable {
    public var path: String
    public var position: SourcePosition?

    public init(path: String, position: SourcePosition? = nil) {
        self.path = path
        self.position = position
    }
}

/// A text of the pipeline with its place, such as a column name.
public struct PlacedText: Hashable, Sendable {
    public var text: String
    public var place: FieldPlace

    public init(_ text: String, _ place: FieldPlace = FieldPlace(path: "")) {
        self.text = text
        self.place = place
    }
}

/// A parsed expression with the place of the field that holds it.
public struct PlacedExpression: Hashable, Sendable {
    public var expression: Expression
    /// As written, variables not substituted: for messages and step names.
    public var source: String
    public var place: FieldPlace

    public init(_ expression: Expression, source: String = "", _ place: FieldPlace = FieldPlace(path: "")) {
        self.expression = expression
        self.source = source
        self.place = place
    }
}

extension PipelineSpec {
    /// The named sources in order, then the inline right sides of joins under the name `transform_I_right`.
    public var everySource: [NamedSource] {
        sources
            + transforms.enumerated().compactMap { index, transform in
                guard case .join(let join) = transform.kind, case .inline(let source) = join.right else { return nil }
                return NamedSource(
                    name: PipelineSpec.inlineSourceName(ofTransform: index), source: source,
                    place: FieldPlace(path: "transforms[\(index)].right", position: transform.place.position))
            }
    }

    public static func inlineSourceName(ofTransform index: Int) -> String { "transform_\(index)_right" }
}
