public struct NamedSource: Hashable, Sendable {
    public var name: String
    public var source: SourceSpec
    public var place: FieldPlace

    public init(name: String, source: SourceSpec, place: FieldPlace = FieldPlace(path: "source")) {
        self.name = name
        self.source = source
        self.place = place
    }
}

public enum SourceSpec: Hashable, Sendable {
    case file(FileSource)
    case database(DatabaseSource)
}

public enum FileFormat: String, Hashable, Sendable, CaseIterable {
    case parquet, csv, json
    /// Spark alone reads and writes it.
    case orc
}

public struct FileSource: Hashable, Sendable {
    /// A file, a folder, a glob or a URI; relative paths are relative to the run's base folder.
    public var path: PlacedText
    public var format: FileFormat
    public var csv: CSVOptions
    /// Column types given by the author (`types`), by column name, in the order written.
    public var types: [TypedName]

    public init(path: PlacedText, format: FileFormat, csv: CSVOptions = CSVOptions(), types: [TypedName] = []) {
        self.path = path
        self.format = format
        self.csv = csv
        self.types = types
    }
}

public struct TypedName: Hashable, Sendable {
    public var name: String
    public var type: DataType
    public var place: FieldPlace

    public init(_ name: String, _ type: DataType, _ place: FieldPlace = FieldPlace(path: "")) {
        self.name = name
        self.type = type
        self.place = place
    }
}

/// Options of CSV input; nil means: sniffed.
public struct CSVOptions: Hashable, Sendable {
    public var delimiter: String?
    public var header: Bool
    public var skipRows: Int
    /// Texts that read as null, besides the empty field.
    public var nullValues: [String]
    public var quote: String?
    public var escape: String?
    public var encoding: String?
    public var allVarchar: Bool
    public var dateFormat: String?

    public init(
        delimiter: String? = nil, header: Bool = true, skipRows: Int = 0, nullValues: [String] = [],
        quote: String? = nil, escape: String? = nil, encoding: String? = nil, allVarchar: Bool = false,
        dateFormat: String? = nil
    ) {
        self.delimiter = delimiter
        self.header = header
        self.skipRows = skipRows
        self.nullValues = nullValues
        self.quote = quote
        self.escape = escape
        self.encoding = encoding
        self.allVarchar = allVarchar
        self.dateFormat = dateFormat
    }
}
