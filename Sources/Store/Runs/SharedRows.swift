import Fleet
import Pipeline
import Synchronization

/// Finds or makes the rows that many runs share (pipelines, datasets, lineages), and remembers their numbers.
///
/// Insert-only and idempotent; outside the transactions that refer to them, so that those never wait for each other.
final class SharedRows: Sendable {
    private let pool: Pool
    private let known = Mutex<[String: Int64]>([:])
    /// Beyond it everything is forgotten, and asked for again.
    private static let mostKnown = 16_384

    init(_ pool: Pool) { self.pool = pool }

    /// The row of a pipeline, by name and text.
    struct PipelineKey: Hashable {
        var digest: ContentDigest
        var name: String

        init(_ request: RunRequest) {
            digest = ContentDigest(of: request.pipelineYAML)
            name = request.pipelineName
        }

        /// Names compare by code point, which Swift's strings do not: the digest of the name stands for it.
        var text: String { "pipeline \(digest) \(ContentDigest(of: name))" }
    }

    /// In the order of the requests.
    func pipelines(_ requests: [RunRequest]) async throws(StoreError) -> [Int64] {
        let keys = requests.map { PipelineKey($0).text }
        var missing: [String: RunRequest] = [:]
        for (key, request) in zip(keys, requests) where recall(key) == nil { missing[key] = request }
        let wanted = Array(missing.values)
        let found = try await fetch(
            wanted.isEmpty,
            insert: IntakeStatements.insertPipelines(
                .texts(wanted.map(\.pipelineName)),
                .texts(wanted.map { ContentDigest(of: $0.pipelineYAML).description }),
                .texts(wanted.map(\.pipelineYAML))),
            find: IntakeStatements.findPipelines(
                .texts(wanted.map(\.pipelineName)),
                .texts(wanted.map { ContentDigest(of: $0.pipelineYAML).description }))
        ) { (row) throws(StoreError) in
            let key = "pipeline \(try row.text("digest")) \(ContentDigest(of: try row.text("name")))"
            return (key, try row.int64("pipeline_id"))
        }
        return try numbers(keys, found)
    }

    /// In the order of the uses.
    func datasets(_ uses: [DatasetUse]) async throws(StoreError) -> [Int64] {
        let digests = uses.map { ContentDigest(of: "\($0.namespace.utf8.count):\($0.namespace)\($0.name)").description }
        var missing: [String: DatasetUse] = [:]
        for (digest, use) in zip(digests, uses) where recall("dataset \(digest)") == nil { missing[digest] = use }
        let wanted = Array(missing)
        let found = try await fetch(
            wanted.isEmpty,
            insert: ReportStatements.insertDatasets(
                .texts(wanted.map(\.value.namespace)), .texts(wanted.map(\.value.name)), .texts(wanted.map(\.key))),
            find: ReportStatements.findDatasets(.texts(wanted.map(\.key)))
        ) { (row) throws(StoreError) in
            ("dataset \(try row.text("digest"))", try row.int64("dataset_id"))
        }
        return try numbers(digests.map { "dataset \($0)" }, found)
    }

    /// nil when there are no edges.
    func lineage(_ edges: [ColumnLineageEdge]) async throws(StoreError) -> Int64? {
        guard !edges.isEmpty else { return nil }
        let parts = edges.flatMap {
            [
                $0.outputColumn.map { "+\($0)" } ?? "-", $0.inputSource, $0.inputColumn, $0.kind.rawValue,
                $0.subtype.rawValue,
            ] + ($0.isMasking ? ["masking"] : [])
        }
        // Lengths keep parts apart, whatever they hold.
        let digest = ContentDigest(of: parts.map { "\($0.utf8.count):\($0)" }.joined()).description
        let key = "lineage \(digest)"
        let found = try await fetch(
            recall(key) != nil,
            insert: ReportStatements.insertLineage(
                .text(digest), .texts(edges.map(\.outputColumn)), .texts(edges.map(\.inputSource)),
                .texts(edges.map(\.inputColumn)), .texts(edges.map(\.kind.rawValue)),
                .texts(edges.map(\.subtype.rawValue)), .bools(edges.map(\.isMasking))),
            find: ReportStatements.findLineage(.text(digest))
        ) { (row) throws(StoreError) in (key, try row.int64("lineage_id")) }
        return try numbers([key], found).first
    }

    private func fetch(
        _ isNothingMissing: Bool, insert: Call, find: Call,
        _ read: (Row) throws(StoreError) -> (String, Int64)
    ) async throws(StoreError) -> [String: Int64] {
        guard !isNothingMissing else { return [:] }
        // Two transactions: what another one inserts meanwhile is found as well.
        let table = try await pool.use("storing shared rows") { (on) throws(StoreError) in
            _ = try on.execute(insert)
            return try on.execute(find)
        }
        var found: [String: Int64] = [:]
        for row in table.rows {
            let (key, number) = try read(row)
            found[key] = number
        }
        remember(found)
        return found
    }

    private func numbers(_ keys: [String], _ found: [String: Int64]) throws(StoreError) -> [Int64] {
        var numbers: [Int64] = []
        for key in keys {
            guard let number = found[key] ?? recall(key) else {
                throw StoreError(
                    .contention, operation: "storing shared rows", message: "a row is gone that was just written")
            }
            numbers.append(number)
        }
        return numbers
    }

    private func recall(_ key: String) -> Int64? { known.withLock { $0[key] } }

    private func remember(_ found: [String: Int64]) {
        known.withLock { known in
            if known.count + found.count > Self.mostKnown { known = [:] }
            known.merge(found) { $1 }
        }
    }
}
