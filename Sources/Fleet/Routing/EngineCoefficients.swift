/// What an engine takes for its work: seconds to begin, seconds for each gigabyte of each kind of work, and memory.
public struct EngineCoefficients: Sendable, Hashable, Codable {
    /// Of every run on an engine that is up.
    public var startSeconds: Double
    /// Until an engine that is not up is.
    public var coldStartSeconds: Double
    /// By `Workload.Work`.
    public var secondsPerGigabyte: [String: Double]
    /// To write a gigabyte that does not fit to disk and to read it again.
    public var spillSecondsPerGigabyte: Double
    public var baseMemoryBytes: Double
    /// Buffers for each gigabyte of a kind of work, by `Workload.Work`, and the most that they become.
    public var buffers: [String: Buffer]
    /// For each byte that blocking steps hold.
    public var memoryPerHeldByte: Double
    /// Threads with which the seconds were measured.
    public var threads: Int

    public struct Buffer: Sendable, Hashable, Codable {
        public var bytesPerGigabyte: Double
        public var limitBytes: Double

        public init(_ bytesPerGigabyte: Double, limit: Double) {
            (self.bytesPerGigabyte, limitBytes) = (bytesPerGigabyte, limit)
        }
    }

    /// Seconds of a run on an engine that is up, with all the memory that it wants.
    func seconds(_ workload: Workload, threads given: Int?) -> Double {
        var seconds = 0.0
        // In one order, so that equal questions have equal answers to the last digit.
        for kind in Workload.Work.allCases {
            seconds += (workload.gigabytes[kind.rawValue] ?? 0) * (secondsPerGigabyte[kind.rawValue] ?? 0)
        }
        return startSeconds + seconds * speed(given)
    }

    /// More threads help less than they should.
    private func speed(_ given: Int?) -> Double {
        guard let given, given > 0, given != threads else { return 1 }
        var factor = 1.0
        var (from, to) = (Double(threads), Double(given))
        // Each doubling makes it 1.7 times as fast; no logarithm is needed for what is rough anyway.
        while to >= from * 2 { (factor, to) = (factor / 1.7, to / 2) }
        while to * 2 <= from { (factor, from) = (factor * 1.7, from / 2) }
        return factor / (1 + 0.7 * (to / from - 1))
    }

    func peakMemoryBytes(_ workload: Workload) -> Double {
        var bytes = baseMemoryBytes + workload.heldGigabytes * 1e9 * memoryPerHeldByte
        for kind in Workload.Work.allCases {
            guard let buffer = buffers[kind.rawValue] else { continue }
            bytes += min((workload.gigabytes[kind.rawValue] ?? 0) * buffer.bytesPerGigabyte, buffer.limitBytes)
        }
        return bytes
    }
}

/// The seconds and bytes that were measured before anything is learned. A new set is a new version: decisions name the
/// version that they were made with.
public enum ModelDefaults {
    public static let version = 1

    public static func coefficients(_ engine: EngineKind) -> EngineCoefficients {
        switch engine {
        case .duckdb: duckdb
        case .spark: spark
        }
    }

    /// DuckDB 1.5.5 with two threads, on two shared cores, over TPC-H tables of 0.1 to 1 GB as Parquet, CSV and JSON.
    private static let duckdb = EngineCoefficients(
        startSeconds: 0.1, coldStartSeconds: 0,
        secondsPerGigabyte: [
            "parquet": 1.2, "csv": 2.4, "json": 70, "database": 10, "rows": 1.8, "aggregate": 0.6, "groups": 36,
            "join": 6, "sort": 24, "window": 21, "write": 6,
        ],
        spillSecondsPerGigabyte: 12, baseMemoryBytes: 60e6,
        // Text is read in large pieces, and rows keep their order while several threads write.
        buffers: ["csv": .init(1e9, limit: 170e6), "write": .init(600e6, limit: 600e6)],
        memoryPerHeldByte: 1, threads: 2)

    /// Spark 4.1 on `local[2]`, likewise. CSV, JSON and databases are read by DuckDB and handed over. Its memory is what
    /// its server is given, whatever the plan: it spills by itself.
    private static let spark = EngineCoefficients(
        startSeconds: 1.5, coldStartSeconds: 12,
        secondsPerGigabyte: [
            "parquet": 7.2, "csv": 4.2, "json": 78, "database": 13, "rows": 6.6, "aggregate": 3, "groups": 130,
            "join": 72, "sort": 129, "window": 144, "write": 21,
        ],
        spillSecondsPerGigabyte: 0, baseMemoryBytes: 1450e6, buffers: [:], memoryPerHeldByte: 0, threads: 2)
}
