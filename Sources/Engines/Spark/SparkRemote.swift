import Fleet
import Foundation

/// Where a Spark Connect server is: `sc://host:port/;token=…;use_ssl=true;x-name=…`.
struct SparkRemote: Sendable, Hashable {
    var host: String
    var port: Int
    var token: String?
    var usesTLS = false
    var userID = "quicketl"
    /// Sent with every call; names in small letters.
    var headers: [String: String] = [:]

    static let defaultPort = 15002

    /// Without what is secret.
    var place: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    init(host: String, port: Int, token: String?) { (self.host, self.port, self.token) = (host, port, token) }

    init(_ text: String) throws(Failure) {
        guard text.hasPrefix("sc://") else { throw Self.refusal("it does not begin with sc://") }
        let rest = text.dropFirst("sc://".count)
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = parts[0]
        // [::1]:15002
        let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        host = String(colon.map { authority[..<$0] } ?? authority).trimmingCharacters(in: ["[", "]"])
        guard !host.isEmpty, !authority.contains("@") else { throw Self.refusal("it names no host") }
        if let colon {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else {
                throw Self.refusal("its port is no number from 1 to 65535")
            }
            port = Int(number)
        } else {
            port = Self.defaultPort
        }
        let parameters = parts.count > 1 ? parts[1] : ""
        guard parameters.isEmpty || parameters.hasPrefix(";") else {
            throw Self.refusal("parameters follow behind /; and not behind a path")
        }
        for parameter in parameters.split(separator: ";") {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let value = String(pair[1]).removingPercentEncoding else {
                throw Self.refusal("a parameter is not name=value")
            }
            switch String(pair[0]) {
            case "token": token = value
            case "use_ssl":
                guard ["true", "false"].contains(value.lowercased()) else {
                    throw Self.refusal("use_ssl is neither true nor false")
                }
                usesTLS = value.lowercased() == "true"
            case "user_id": userID = value
            case "user_agent", "session_id": continue
            case let name: headers[name.lowercased()] = value
            }
        }
        // As every client of Spark does: a token never goes over the wire in the clear, but on this machine.
        if token != nil, !["localhost", "127.0.0.1", "::1"].contains(host) { usesTLS = true }
    }

    private static func refusal(_ reason: String) -> Failure {
        // The text itself may hold a token.
        Failure(
            .unreachable,
            "reading SPARK_REMOTE failed: \(reason); write sc://host:port/;token=…;use_ssl=true")
    }
}
