/// From long to wide: a column per value of `columns`.
public struct PivotSpec: Hashable, Sendable {
    public enum Aggregate: String, Hashable, Sendable, CaseIterable {
        case first, last, sum, min, max, count, median, any
        case average = "avg"
        case countDistinct = "count_distinct"
        case standardDeviation = "stddev"
        case variance
    }

    /// As written (`mean` is `avg`, too), because several of them name columns: `value_func`.
    public struct NamedAggregate: Hashable, Sendable {
        public var name: PlacedText
        public var aggregate: Aggregate

        public init(name: PlacedText, aggregate: Aggregate) {
            self.name = name
            self.aggregate = aggregate
        }
    }

    public var index: [PlacedText]
    public var columns: PlacedText
    public var values: PlacedText
    /// At least one.
    public var aggregates: [NamedAggregate]
    /// `aggfunc` was a list: the new columns are called `value_func`, even for a single function.
    public var namesFunctions: Bool

    public init(
        index: [PlacedText], columns: PlacedText, values: PlacedText, aggregates: [NamedAggregate],
        namesFunctions: Bool = false
    ) {
        self.index = index
        self.columns = columns
        self.values = values
        self.aggregates = aggregates
        self.namesFunctions = namesFunctions
    }
}

/// From wide to long: a row per column of `valueVars`.
public struct UnpivotSpec: Hashable, Sendable {
    public var idVars: [PlacedText]
    public var valueVars: [PlacedText]
    public var varName: PlacedText
    public var valueName: PlacedText

    public init(idVars: [PlacedText], valueVars: [PlacedText], varName: PlacedText, valueName: PlacedText) {
        self.idVars = idVars
        self.valueVars = valueVars
        self.varName = varName
        self.valueName = valueName
    }
}
