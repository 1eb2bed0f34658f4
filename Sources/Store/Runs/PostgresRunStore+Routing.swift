public import Fleet

extension PostgresRunStore: RoutingHistory {
    public func routingObservations(
        overall: Int, pipelines: [String], shapes: [String], each: Int
    ) async throws(StoreError) -> [RoutingObservation] {
        let call = RoutingStatements.observations(
            .int(overall), .texts(pipelines), .texts(shapes), .int(each))
        let rows = try await attempting("reading what engines have shown") { (on) throws(StoreError) in
            try on.execute(call)
        }.rows
        return try rows.map { (row) throws(StoreError) in try row.routingObservation() }.compactMap(\.self)
    }
}

extension Row {
    /// nil: another version of this program wrote it, and it cannot be read.
    func routingObservation() throws(StoreError) -> RoutingObservation? {
        guard try textIfAny("observation") != nil,
            var observation = try? json("observation", RoutingObservation.self)
        else { return nil }
        observation.pipeline = try text("pipeline")
        return observation
    }
}
