import Fleet
import GRPCCore
import GRPCProtobuf
import SparkConnect

/// An error of a Spark server as one of our kinds, by error class and SQLSTATE. Its own words may quote rows, so that
/// they are never passed on.
struct SparkFailure {
    /// Such as `CAST_INVALID_INPUT`; empty when the error is none of Spark's own.
    var errorClass = ""
    var sqlState = ""
    /// For looking at, not for showing.
    var text = ""
    /// To ask the server for the causes.
    var errorID: String?
    var code: RPCError.Code?
    /// Whether Spark itself says anything of it.
    private var hasDetails = false

    init(errorClass: String = "", sqlState: String = "", text: String = "") {
        (self.errorClass, self.sqlState, self.text) = (errorClass, sqlState, text)
    }

    init(_ error: RPCError) {
        text = error.message
        code = error.code
        // Details that cannot be read are none: the code of the error remains.
        guard let status = try? error.unpackGoogleRPCStatus() else { return }
        hasDetails = !status.details.isEmpty
        for detail in status.details {
            guard let info = detail.errorInfo else { continue }
            errorClass = info.metadata["errorClass"] ?? ""
            sqlState = info.metadata["sqlState"] ?? ""
            errorID = info.metadata["errorId"]
        }
    }

    var isCancel: Bool { sqlState == "HY008" || errorClass.hasPrefix("OPERATION_CANCELED") }

    /// Another client has attached to the operation.
    var isTakenOver: Bool { errorClass.hasPrefix("INVALID_CURSOR.DISCONNECTED") }

    /// The connection's, or of something on the way, and none of the operation's: that may go on. Spark's own errors come
    /// with details; a stream that ends in the middle, or is not gRPC any more, has none.
    var isOfConnection: Bool {
        guard let code else { return false }
        return code == .unavailable || (code == .internalError || code == .unknown) && !hasDetails
    }

    /// The operation, or its whole session, is gone.
    var isLost: Bool {
        isTakenOver || errorClass.hasPrefix("INVALID_HANDLE") || errorClass.hasPrefix("SESSION_") || isOfConnection
    }

    /// The session of the operation, with all that went on in it.
    var isSessionGone: Bool {
        ["INVALID_HANDLE.SESSION_", "SESSION_"].contains { errorClass.hasPrefix($0) }
    }

    /// The server is ending by itself, and still answers. Spark says so without a class; errors with one may quote rows.
    var isOfEndingServer: Bool {
        errorClass.isEmpty
            && ["Cannot call methods on a stopped SparkContext", "cancelled because SparkContext was shut down"]
                .contains(where: text.contains)
    }

    var isEmptyPartition: Bool { text.contains(SparkCompiler.emptyPartition) }

    /// nil: says nothing of itself; perhaps a cause does.
    var failure: Failure? {
        if text.contains(DuckDBCompiler.changedValues) { return Failure(.unclassified, DuckDBCompiler.changedValues) }
        if text.contains(SparkCast.endlessMoment) {
            return Failure(
                .badData,
                "a text says infinity, epoch or 24 hours where a date or timestamp is asked for; only DuckDB knows those: choose the "
                    + "engine duckdb")
        }
        if text.contains("OutOfMemoryError") || text.contains("UNABLE_TO_ACQUIRE_MEMORY") {
            return Self.outOfMemory
        }
        if text.contains("No space left on device") {
            return Failure(.diskFull, "Spark could not write: no space is left on its disk")
        }
        if ["Permission denied", "AccessControlException", "Mkdirs failed to create"].contains(where: text.contains) {
            return Failure(
                .accessDenied,
                "Spark was refused access to a file of the run; the user that it runs as must be allowed to read what the "
                    + "run reads, and to write where its results are staged (QUICKETL_STAGING_DIRECTORY)")
        }
        switch errorClass {
        case let name where name.hasPrefix("FAILED_READ_FILE.FILE_NOT_EXIST") || name == "PATH_NOT_FOUND":
            return Failure(
                .inputMissing, "Spark found no file at a path of the run; it must reach the same files as the worker")
        case let name where name.hasPrefix("CAST_"):
            return Failure(.badData, "a value could not be converted to the type that the pipeline asks for\(label)")
        case "UNABLE_TO_INFER_SCHEMA": return Failure(.badData, "no file of a source says which columns it has\(label)")
        case let name where name.hasPrefix("CANNOT_MERGE_SCHEMAS") || name == "CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE":
            return Failure(
                .badData, "the files of a source have a column of the same name with different types\(label)")
        case let name where name.hasPrefix("INVALID_COLUMN_NAME_AS_PATH"):
            return Failure(.invalidPipeline, "a column has a name that ORC cannot hold; rename it\(label)")
        case "DIVIDE_BY_ZERO", "ARITHMETIC_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "BINARY_ARITHMETIC_OVERFLOW":
            return Failure(.badData, "a number does not fit its type\(label)")
        default: break
        }
        if sqlState.hasPrefix("22") { return Failure(.badData, "a value of the data was refused\(label)") }
        if isLost { return Failure(.engineLost, "the Spark server went away while it worked\(label)") }
        return nil
    }

    static let outOfMemory = Failure(
        .outOfMemory,
        "Spark ran out of memory; give it more with SPARK_DRIVER_MEMORY (local masters) or SPARK_EXECUTOR_MEMORY")

    /// A file that Spark made nothing of, where no cause says more.
    var unreadable: Failure? {
        guard errorClass.hasPrefix("FAILED_READ_FILE") || errorClass == "CANNOT_READ_FILE_FOOTER" else { return nil }
        return Failure(.badData, "Spark could not read a file of the run: it is damaged, or of another format\(label)")
    }

    var unknown: Failure {
        if let code, sqlState.isEmpty {
            guard code == .unauthenticated || code == .permissionDenied else {
                return Failure(.unclassified, "the Spark server answered with the error \(code)")
            }
            return Failure(
                .accessDenied,
                "the Spark server refused who asks (\(code)); see the token and the headers of SPARK_REMOTE, or "
                    + "DATABRICKS_TOKEN and DATABRICKS_CLUSTER_ID")
        }
        return Failure(.unclassified, "Spark failed\(label)")
    }

    /// What a first call says when it never reached a Spark Connect server; nil: it reached one.
    static func ofConnecting(to remote: SparkRemote, _ error: RPCError) -> Failure? {
        let reason: String
        // As BoringSSL and NIOSSL call it, wherever in the chain of causes it stands.
        let isUntrusted = ["CERTIFICATE_VERIFY_FAILED", "failedToValidateHostname"].contains {
            String(describing: error).contains($0)
        }
        switch error.code {
        case .unavailable where isUntrusted:
            reason =
                "nobody that this machine trusts vouches for its certificate, or it is another host's; see "
                + "spark_authorities"
        case .unavailable, .unimplemented, .deadlineExceeded:
            reason =
                "what listens there does not answer as a Spark Connect server does, "
                + "\(remote.usesTLS ? "encrypted" : "unencrypted"); see the port, and use_ssl"
        default: return nil
        }
        return Failure(.unreachable, "connecting to the Spark server at \(remote.place) failed: \(reason)")
    }

    private var label: String {
        errorClass.isEmpty ? "" : " (Spark: \(errorClass)\(sqlState.isEmpty ? "" : ", SQLSTATE \(sqlState)"))"
    }
}
