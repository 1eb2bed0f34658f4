/// A pipeline with its sources' real columns known: every column of every step has a name and a type.
public struct Plan: Sendable {
    public struct Source: Sendable {
        public var name: String
        public var source: SourceSpec
        public var schema: Schema

        public init(name: String, source: SourceSpec, schema: Schema) {
            self.name = name
            self.source = source
            self.schema = schema
        }
    }

    /// Named sources that are used, then the inline right sides of joins.
    public var sources: [Source]
    /// In order; each reads the tables of earlier ones. The last one makes the final table.
    public var steps: [PlanStep]
    /// Columns of the final table.
    public var output: Schema
    public var checks: [PlannedCheck]
    public var sink: SinkSpec?
    public var lineage: [ColumnLineageEdge]
    public var warnings: [Problem]

    /// Columns of the final table with their ids.
    public var outputColumns: [PlanColumn] { steps.last?.columns ?? [] }

    /// Resolves every name and type, or reports all that is wrong. `schemas` by source name
    /// (`PipelineSpec.everySource`); `pivotValues`: what `pivotProbe` asked for, by the index of the transform.
    public static func make(
        _ spec: PipelineSpec, file: String?, schemas: [String: Schema], pivotValues: [Int: [String?]] = [:]
    ) throws(InvalidPipeline) -> Plan {
        func planned(numbersRows: Bool) -> Planner {
            var planner = Planner(
                spec, file: file, schemas: schemas, pivotValues: pivotValues, numbersRows: numbersRows)
            planner.run()
            return planner
        }
        var planner = planned(numbersRows: false)
        if planner.wantsOrdinal { planner = planned(numbersRows: true) }
        guard let plan = planner.plan else { throw InvalidPipeline(planner.problems) }
        return plan
    }
}
