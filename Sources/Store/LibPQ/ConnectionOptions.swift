internal import CLibPQ
import Foundation

/// A connection string taken apart by libpq, with our defaults where neither it nor the environment says anything.
struct ConnectionOptions {
    private(set) var values: [(keyword: String, value: String)] = []

    subscript(keyword: String) -> String? { values.first { $0.keyword == keyword }?.value }

    init(_ settings: StoreSettings) throws(StoreError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(settings.connectionString, &message) else {
            // libpq's message quotes the string, which may hold a password.
            PQfreemem(message)
            throw StoreError(
                .refused, operation: "reading the store's address",
                message: "it is neither a libpq connection string nor a postgresql:// URI; check QUICKETL_STORE")
        }
        defer { PQconninfoFree(parsed) }
        let defaults = Self.defaults(settings)
        var option = parsed
        while let keyword = option.pointee.keyword {
            let name = String(cString: keyword)
            let isSetOutside = option.pointee.envvar.map { getenv($0) != nil } ?? false
            if let value = option.pointee.val {
                values.append((name, String(cString: value)))
            } else if let value = defaults[name], !isSetOutside {
                values.append((name, value))
            }
            option += 1
        }
    }

    /// A connection that is dead must be noticed within a minute, also while it only waits.
    private static func defaults(_ settings: StoreSettings) -> [String: String] {
        [
            "application_name": settings.applicationName,
            "connect_timeout": String(max(2, settings.connectLimit.wholeMilliseconds / 1000)),
            "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
            "tcp_user_timeout": "20000",
            // Among several hosts, the one that can write.
            "target_session_attrs": "read-write",
            "client_encoding": "UTF8",
        ]
    }

    /// Blocks for at most `connect_timeout` per host. The answer is the caller's to finish, also when it failed.
    func connect() -> OpaquePointer? {
        var keywords: [UnsafePointer<CChar>?] = values.map { UnsafePointer(strdup($0.keyword)) } + [nil]
        var texts: [UnsafePointer<CChar>?] = values.map { UnsafePointer(strdup($0.value)) } + [nil]
        defer { for pointer in keywords + texts { free(UnsafeMutablePointer(mutating: pointer)) } }
        return PQconnectdbParams(&keywords, &texts, 0)
    }
}
