internal import CLibPQ

/// One result of the server. Frees the `PGresult` when it goes out of scope, on every path.
struct QueryResult: ~Copyable {
    private let raw: OpaquePointer

    /// From here on the result is ours to free.
    init(adopting raw: OpaquePointer) { self.raw = raw }

    deinit { PQclear(raw) }

    var status: ExecStatusType { PQresultStatus(raw) }

    /// Five characters, such as `40P01`; nil when the error arose in libpq itself.
    var sqlState: SQLState? { field(CChar(UInt8(ascii: "C"))).map(SQLState.init) }

    /// The server's primary message, without detail, hint or context: those quote rows.
    var primaryMessage: String? { field(CChar(UInt8(ascii: "M"))) }

    /// Copies the rows out.
    var table: ResultTable {
        let width = PQnfields(raw)
        var positions: [String: Int] = [:]
        for column in 0..<width { positions[String(cString: PQfname(raw, column))] = Int(column) }
        let rows = (0..<PQntuples(raw)).map { row in
            (0..<width).map { column in
                PQgetisnull(raw, row, column) == 1 ? nil : String(cString: PQgetvalue(raw, row, column))
            }
        }
        return ResultTable(positions: positions, rows: rows)
    }

    private func field(_ code: CChar) -> String? {
        PQresultErrorField(raw, Int32(code)).map { String(cString: $0) }
    }
}
