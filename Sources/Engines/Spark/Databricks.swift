import Fleet

/// A cluster of Databricks, which speaks Spark Connect: TLS, a token, and the cluster's name in a header.
public struct Databricks: Sendable, Hashable {
    /// What `SPARK_MASTER` says.
    static let master = "databricks"

    private let host: String?
    private let token: String?
    private let cluster: String?

    /// Reads `DATABRICKS_HOST`, `DATABRICKS_TOKEN` and `DATABRICKS_CLUSTER_ID`.
    init(_ environment: [String: String]) {
        func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        (host, token, cluster) = (given("DATABRICKS_HOST"), given("DATABRICKS_TOKEN"), given("DATABRICKS_CLUSTER_ID"))
    }

    func remote() throws(Failure) -> SparkRemote {
        let all = [("DATABRICKS_HOST", host), ("DATABRICKS_TOKEN", token), ("DATABRICKS_CLUSTER_ID", cluster)]
        let missing = all.filter { $0.1 == nil }.map(\.0)
        guard let host, let token, let cluster else {
            throw Failure(
                .unreachable,
                "connecting to Databricks failed: SPARK_MASTER is databricks, and \(missing.joined(separator: ", ")) "
                    + "\(missing.count == 1 ? "is" : "are") not set; set the workspace's address, a personal access token "
                    + "and the id of a running cluster")
        }
        // As people copy it from the browser.
        var name = host[...]
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) { name = name.dropFirst(scheme.count) }
        name = name.prefix { $0 != "/" }
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty, parts.count <= 2,
            let port = parts.count == 2 ? UInt16(parts[1]).map(Int.init) : 443, port > 0
        else {
            throw Failure(
                .unreachable,
                "connecting to Databricks failed: DATABRICKS_HOST is no address; write it like "
                    + "https://name.cloud.databricks.com")
        }
        var remote = SparkRemote(host: String(first), port: port, token: token)
        remote.usesTLS = true
        remote.headers = ["x-databricks-cluster-id": cluster]
        return remote
    }
}
