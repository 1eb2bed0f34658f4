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
    /// Below this it fails whatever it spills: for each byte of the widest rows' batches, by thread; 0: it spills them too.
    public var leastMemoryPerBatchByte: Double
    /// Threads with which the seconds were measured.
    public var threads: Int

    /// Rows that it works on together.
    static let batchRows = 122_880.0

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

    /// With less than this it cannot do it at all.
    func leastMemoryBytes(_ workload: Workload, threads: Int) -> Double {
        (workload.widestRowBytes ?? 0) * Self.batchRows * Double(max(1, threads)) * leastMemoryPerBatchByte
    }

    /// What of such a peak does not fit into so much memory.
    func spilledBytes(_ peak: Double, memoryBytes: Int64) -> Double {
        spillSecondsPerGigabyte > 0 ? max(0, peak - Double(memoryBytes)) : 0
    }

    /// What spilling adds to `seconds` with so much memory.
    func spillSeconds(_ workload: Workload, memoryBytes: Int64) -> Double {
        spilledBytes(peakMemoryBytes(workload), memoryBytes: memoryBytes) / 1e9 * spillSecondsPerGigabyte
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
    public static let version = 3

    public static func coefficients(_ engine: EngineKind) -> EngineCoefficients {
        switch engine {
        case .duckdb: duckdb
        case .spark: spark
        }
    }

    /// DuckDB 1.5.5 with two threads, on two cores that had nothing else to do: 107 runs of the routing benchmark
    /// (`Benchmarks/Routing/fit`), nycflights13 and TPC-H of 10 MB to 1 GB as Parquet, CSV and JSON. Half of them come within a
    /// third of it, nine of ten within 2.2 times. Databases and spilling were measured before, on a busy machine.
    private static let duckdb = EngineCoefficients(
        startSeconds: 0.03, coldStartSeconds: 0,
        secondsPerGigabyte: [
            "parquet": 0.25, "csv": 0.8, "json": 17, "database": 4, "rows": 0.25, "aggregate": 0.25, "groups": 3.5,
            "join": 1, "sort": 1, "window": 3, "write": 2.3,
        ],
        spillSecondsPerGigabyte: 8, baseMemoryBytes: 42e6,
        // Text is read in large pieces, and rows keep their order while several threads write.
        buffers: [
            "csv": .init(1.4e9, limit: 125e6), "json": .init(1.3e9, limit: 95e6), "write": .init(900e6, limit: 1400e6),
        ],
        memoryPerHeldByte: 0.25, leastMemoryPerBatchByte: 2, threads: 2)

    /// Spark 4.1 on `local[2]`, likewise, 128 runs. CSV, JSON and databases are read by DuckDB and handed over. Its memory is
    /// what its server is given, whatever the plan: it spills by itself.
    private static let spark = EngineCoefficients(
        startSeconds: 0.95, coldStartSeconds: 6,
        secondsPerGigabyte: [
            "parquet": 4.1, "csv": 0.9, "json": 18, "database": 5, "rows": 1.2, "aggregate": 1.1, "groups": 33,
            "join": 5.3, "sort": 9.6, "window": 21, "write": 7.7,
        ],
        spillSecondsPerGigabyte: 0, baseMemoryBytes: 1450e6, buffers: [:], memoryPerHeldByte: 0,
        leastMemoryPerBatchByte: 0, threads: 2)
}
