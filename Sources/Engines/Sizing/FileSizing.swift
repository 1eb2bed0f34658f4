import Fleet
import Pipeline

/// What will be read of a source that is local files. Blocking, within a budget.
struct FileSizing: Sendable {
    /// As the pipeline names the source.
    var name: String
    var file: FileSource
    /// As DuckDB is given it.
    var pattern: String
    var schema: Schema
    /// Those that the plan uses.
    var needed: Set<Int>
    var conditions: PartitionConditions
    var limits: InputSizer.Limits

    func estimate(_ budget: inout ListingBudget) -> SourceEstimate {
        guard !file.path.text.contains("://") else { return elsewhere }
        let listing = FileListing(pattern, conditions: conditions, budget: &budget)
        var estimate = SourceEstimate(
            source: name, storedBytes: listing.bytes, files: listing.count,
            basis: listing.isWhole ? .listed : .extrapolated)
        var notes: [String] = []
        if !listing.isWhole {
            guard !listing.files.isEmpty else {
                return SourceEstimate(
                    source: name, basis: .unknown,
                    note: "the listing met its limit (\(limits.text)) before any file was found")
            }
            notes.append(
                "the listing met its limit (\(limits.text)); \(listing.files.count) files were seen, the others are taken to "
                    + "be like them")
        }
        if listing.excludedFolders > 0 {
            let noun = listing.excludedFolders == 1 ? "1 folder is" : "\(listing.excludedFolders) folders are"
            notes.append("\(noun) left out by the plan's conditions on partitions")
        }
        switch file.format {
        case .csv, .json: expandText(&estimate, listing)
        // Spark alone runs what reads it: nothing is weighed.
        case .orc:
            expandColumns(&estimate, listing)
        case .parquet: readFooters(&estimate, listing, &budget, &notes)
        }
        if !notes.isEmpty { estimate.note = notes.joined(separator: "; ") }
        return estimate
    }

    private var elsewhere: SourceEstimate {
        let scheme = file.path.text.prefix { $0 != ":" }
        return SourceEstimate(
            source: name, basis: .unknown, note: "\(scheme) paths are not listed; what is there shows when it is read")
    }

    // MARK: - Texts

    /// Every column is read and taken apart, whatever the plan uses.
    private func expandText(_ estimate: inout SourceEstimate, _ listing: FileListing) {
        var (seen, expanded) = (0.0, 0.0)
        for file in listing.files {
            let factor = TextExpansion(self.file.format, path: file.path)
            guard let uncompressed = factor.uncompressed else {
                estimate.basis = .unknown
                estimate.readBytes = estimate.storedBytes
                return
            }
            seen += Double(file.bytes)
            expanded += Double(file.bytes) * uncompressed * factor.decoded
        }
        estimate.readBytes = Self.share(listing.bytes, 1)
        switch self.file.format {
        // Once for its types, and once for its rows.
        case .json: estimate.readBytes = Self.share(listing.bytes, 2)
        // The beginning, of which DuckDB learns the columns, cannot be gone back to in a packed file.
        case .csv:
            if let first = listing.files.first, let packed = TextExpansion(.csv, path: first.path).uncompressed,
                packed > 1
            {
                let again = min(Double(first.bytes), Self.sniffedBytes / packed)
                estimate.readBytes = Self.share(listing.bytes, 1 + again / max(1, Double(listing.bytes)))
            }
        case .parquet, .orc: break
        }
        estimate.expandedBytes = Self.share(listing.bytes, seen == 0 ? 0 : expanded / seen)
    }

    /// DuckDB's buffer for CSV.
    private static let sniffedBytes = 32_000_000.0

    // MARK: - Parquet and ORC

    /// By the types of the columns alone.
    private func expandColumns(_ estimate: inout SourceEstimate, _ listing: FileListing) {
        let share = Self.share(of: needed, in: schema)
        estimate.readBytes = Self.share(listing.bytes, share)
        estimate.expandedBytes = Self.share(listing.bytes, share * Self.smallFileExpansion)
    }

    private func readFooters(
        _ estimate: inout SourceEstimate, _ listing: FileListing, _ budget: inout ListingBudget, _ notes: inout [String]
    ) {
        guard listing.bytes >= limits.footersFromBytes else {
            // So little is read in milliseconds, whatever its columns are.
            return expandColumns(&estimate, listing)
        }
        let sampled = Self.sample(listing.files.filter { $0.bytes > 0 }, limits.footers)
        let places = needed.filter(schema.columns.indices.contains).sorted()
        let names = places.map { Array(schema.columns[$0].name.utf8) }
        var (stored, rows) = (0.0, 0.0)
        var sums = names.map { _ in ParquetFooter.Sizes() }
        var read = 0
        for file in sampled {
            if budget.isOutOfTime, read > 0 { break }
            budget.takeFooter()
            do {
                let footer = try FooterFile.read(file.path, bytes: file.bytes)
                for (index, name) in names.enumerated() {
                    if let column = footer.columns[name] { sums[index] = sums[index] + column }
                }
                rows += Double(footer.rows)
                stored += Double(file.bytes)
                read += 1
            } catch {
                estimate.basis = .unknown
                notes.append("the footer of \(file.path) cannot be used: \(error.reason)")
                return
            }
        }
        guard stored > 0 else { return }
        let sum = sums.reduce(ParquetFooter.Sizes(), +)
        estimate.readBytes = Self.share(listing.bytes, Double(sum.compressed) / stored)
        estimate.expandedBytes = Self.share(listing.bytes, Double(sum.decoded) / stored)
        let allRows = Self.share(listing.bytes, rows / stored)
        estimate.rows = allRows
        for (place, column) in zip(places, sums) {
            guard let values = column.values, (estimate.distinctValues?.count ?? 0) < Self.mostDistinct,
                let distinct = values.distinct(rows: allRows)
            else { continue }
            estimate.distinctValues = (estimate.distinctValues ?? [:]).merging([place: distinct]) { $1 }
        }
        guard listing.isWhole else { return }
        estimate.basis = read == listing.files.count ? .footers : .sampled
        if read < listing.files.count { notes.append("\(read) footers of \(listing.files.count) files were read") }
    }

    /// How much of a file its needed columns are, by their types alone.
    static func share(of needed: Set<Int>, in schema: Schema) -> Double {
        let weights = schema.columns.map { storedWeight($0.type) }
        let all = weights.reduce(0, +)
        guard all > 0 else { return 1 }
        return needed.filter(weights.indices.contains).reduce(0) { $0 + weights[$1] } / all
    }

    /// Bytes that a value of the type commonly takes, encoded and compressed.
    private static func storedWeight(_ type: DataType) -> Double {
        switch type {
        case .boolean, .unknown: 0.2
        case .int8, .uint8, .int16, .uint16: 1
        case .date: 1.5
        case .int32, .uint32, .int64, .uint64, .decimal, .time, .timestamp, .timestamptz, .float32: 3
        case .float64, .hugeint, .interval: 4
        case .text: 6
        default: 12
        }
    }

    /// Decoded bytes for a stored one, where no footer is looked at (TPC-H's lineitem 4.5, nycflights13's flights 13).
    static let smallFileExpansion = 6.0

    /// So many columns are asked for their values; decisions are kept, and need not grow with a table's width.
    private static let mostDistinct = 100

    /// So many of them, evenly spread.
    static func sample<Element>(_ all: [Element], _ count: Int) -> [Element] {
        guard all.count > count, count > 0 else { return all }
        return (0..<count).map { all[$0 * all.count / count] }
    }

    private static func share(_ bytes: Int64, _ factor: Double) -> Int64 {
        let value = Double(bytes) * factor
        return value >= 9e18 ? .max : Int64(max(0, value.rounded()))
    }
}
