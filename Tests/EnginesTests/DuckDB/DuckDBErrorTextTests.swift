import Fleet
import Testing

@testable import Engines

@Suite struct DuckDBErrorTextTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var text: String
        var kind: Failure.Kind
        /// Parts that the message must hold.
        var told: [String] = []

        var testDescription: String { String(text.prefix(60)) }
    }

    /// As DuckDB 1.5.5 prints them. Row values all hold the word "secret".
    static let cases = [
        Case(
            text: "Out of Memory Error: failed to allocate data of size 2.0 MiB (9.3 MiB/9.5 MiB used)\n\nPossible",
            kind: .outOfMemory, told: ["9.5 MiB"]),
        Case(
            text: "Out of Memory Error: failed to offload data block of size 256.0 KiB (9.7 GiB/9.7 GiB used).\n"
                + "This limit was set by the 'max_temp_directory_size' setting.", kind: .outOfMemory,
            told: ["temporary"]),
        Case(
            text: "IO Error: No files found that match the pattern \"/data/*.csv\"\n\nLINE 1: SELECT",
            kind: .inputMissing, told: ["/data/*.csv"]),
        Case(
            text: "IO Error: Cannot open file \"/nodir/x.parquet\": No such file or directory", kind: .inputMissing,
            told: ["/nodir/x.parquet"]),
        Case(
            text: "IO Error: Cannot open file \"/root/x.parquet\": Permission denied", kind: .accessDenied,
            told: ["/root/x.parquet"]),
        Case(
            text: "IO Error: Could not write file \"/dev/full\": No space left on device", kind: .diskFull,
            told: ["/dev/full"]),
        Case(
            text: "Permission Error: Cannot access file \"/etc/passwd\" - file system operations are disabled by "
                + "configuration", kind: .accessDenied, told: ["/etc/passwd"]),
        Case(
            text: "Conversion Error: Could not convert string 'secret' to INT32 when casting from source column b\n\n"
                + "LINE 1: SELECT 'secret'", kind: .badData, told: ["column \"b\"", "INT32"]),
        Case(
            text: "Conversion Error: Could not convert string 'it's secret' to INT32", kind: .badData, told: ["INT32"]),
        Case(
            text: "Conversion Error: Type INT64 with value 53c2e7 can't be cast because the value is out of range for "
                + "the destination type INT8 when casting from source column range", kind: .badData,
            told: ["column \"range\"", "INT8"]),
        Case(
            text: "Conversion Error: Casting value \"secret\" to type DECIMAL(4,2) failed: value is out of range!",
            kind: .badData, told: ["DECIMAL(4,2)"]),
        Case(
            text: "Conversion Error: invalid date field format: \"secret\", expected format is (YYYY-MM-DD)",
            kind: .badData, told: ["date"]),
        Case(
            text: "Conversion Error: CSV Error on Line: 25002\nOriginal Line: oops,secret2,33\n"
                + "Error when converting column \"a\". Could not convert string \"secret\" to 'BIGINT'\n\n"
                + "Column a is being converted as type BIGINT\n\n  file = /data/late.csv\n  delimiter = ,",
            kind: .badData, told: ["file /data/late.csv", "line 25002", "column \"a\"", "BIGINT"]),
        Case(
            text: "Invalid Input Error: CSV Error on Line: 3\nOriginal Line: 3,secret,5\n"
                + "Expected Number of Columns: 2 Found: 3\nPossible fixes:\n\n  file = /data/rag.csv\n",
            kind: .badData, told: ["file /data/rag.csv", "line 3", "has 3 fields where 2 are expected"]),
        Case(
            text: "Invalid Input Error: CSV Error on Line: 3\nOriginal Line: \"1\n"
                + "Error when converting column \"secret\". Could not convert string \"x\" to 'SECRET'\n"
                + "Expected Number of Columns: 2 Found: 3\n", kind: .badData, told: ["line 3"]),
        Case(
            text: "Invalid Input Error: No magic bytes found at end of file '/data/a.csv'\n", kind: .badData,
            told: ["/data/a.csv", "not a Parquet file"]),
        Case(
            text: "Invalid Input Error: Malformed JSON in file \"/data/bad.json\", at byte 6 in line 3: unexpected "
                + "character. \n", kind: .badData, told: ["/data/bad.json", "line 3", "malformed JSON"]),
        Case(text: "Invalid Input Error: a secret message", kind: .badData),
        Case(
            text: "Out of Range Error: Overflow in addition of INT64 (secret + 1)!", kind: .badData, told: ["overflow"]
        ),
        Case(text: "Constraint Error: Duplicate key \"id: secret\" violates primary key constraint", kind: .badData),
        Case(
            text: "Binder Error: Referenced column \"foo\" not found in FROM clause!\nCandidate bindings: \"bar\"\n\n"
                + "LINE 1: SELECT 'secret', foo", kind: .invalidPipeline, told: ["\"foo\""]),
        Case(
            text: "Catalog Error: Scalar Function with name nofunc does not exist!\nDid you mean \"count\"?",
            kind: .invalidPipeline, told: ["nofunc"]),
        Case(text: "Parser Error: syntax error at or near \"SELEC\"\n\nLINE 1: SELEC 'secret'", kind: .invalidPipeline),
        Case(
            text: "Not implemented Error: No column to write as all columns are specified as partition columns. WRITE_"
                + "PARTITION_COLUMNS option", kind: .invalidPipeline, told: ["partition columns"]),
        Case(text: "HTTP Error: HTTP GET error on 'https://host/secret?sig=secret' (HTTP 500)", kind: .unreachable),
        Case(text: "INTERNAL Error: Attempted to access secret", kind: .unclassified),
        Case(text: "secret", kind: .unclassified),
        Case(text: "", kind: .unclassified),
    ]

    @Test("each text has its kind, keeps what helps, and loses every value", arguments: cases)
    func table(_ one: Case) {
        let failure = DuckDBErrorText(one.text).failure
        #expect(failure.kind == one.kind)
        for part in one.told { #expect(failure.message.contains(part), "\(failure.message)") }
        #expect(!failure.message.lowercased().contains("secret"), "\(failure.message)")
        #expect(!failure.message.contains("53c2e7"))
    }

    @Test("a child that ended without a word is an engine that was lost")
    func deaths() {
        for ending in [SupervisedChild.Ending.signal(9), .signal(11), .exit(0), .exit(134)] {
            let failure = DuckDBError(cause: .died(ending), statement: 0).failure
            #expect(failure.kind == .engineLost)
            #expect(failure.isTransient)
        }
    }
}
