import Fleet
import Foundation

/// Where Spark and Java are on this machine.
struct SparkHome: Sendable, Hashable {
    /// Holds `bin/spark-submit` and `jars`.
    var spark: String
    /// The program.
    var java: String

    static let oldestJava = 17

    /// Looks at `SPARK_HOME`, then for the package pyspark in `.tools/venv` from the executable's real folder upward.
    static func locate(environment: [String: String], toolFolders: [String]) throws(Failure) -> SparkHome {
        SparkHome(spark: try spark(environment, toolFolders), java: try java(environment))
    }

    private static func spark(_ environment: [String: String], _ toolFolders: [String]) throws(Failure) -> String {
        let files = FileManager.default
        if let home = environment["SPARK_HOME"], !home.isEmpty {
            guard files.isExecutableFile(atPath: home + "/bin/spark-submit") else {
                throw Failure(
                    .engineLost, "starting Spark failed: SPARK_HOME names \(home), which holds no bin/spark-submit")
            }
            return home
        }
        for tools in toolFolders {
            let library = tools + "/venv/lib"
            // No such folder: the next one.
            let versions = (try? files.contentsOfDirectory(atPath: library)) ?? []
            for version in versions.sorted() where version.hasPrefix("python3") {
                let home = "\(library)/\(version)/site-packages/pyspark"
                if files.isExecutableFile(atPath: home + "/bin/spark-submit") { return home }
            }
        }
        throw Failure(
            .engineLost,
            "starting Spark failed: there is no pyspark in .tools/venv beside this program; run `make setup`, set "
                + "SPARK_HOME to a Spark 4 distribution, or SPARK_REMOTE to a Spark Connect server")
    }

    private static func java(_ environment: [String: String]) throws(Failure) -> String {
        let files = FileManager.default
        if let home = environment["JAVA_HOME"], !home.isEmpty {
            let program = home + "/bin/java"
            guard files.isExecutableFile(atPath: program) else {
                throw Failure(.engineLost, "starting Spark failed: JAVA_HOME names \(home), which holds no bin/java")
            }
            return program
        }
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/bin"]
        for folder in folders where files.isExecutableFile(atPath: folder + "/java") { return folder + "/java" }
        throw Failure(
            .engineLost,
            "starting Spark failed: there is no java on PATH and JAVA_HOME is not set; install Java \(oldestJava) or "
                + "newer (Debian: default-jre-headless)")
    }

    /// The major version in what `java -version` prints (`openjdk version "17.0.15" …`); nil: none is to be seen.
    static func javaVersion(in text: String) -> Int? {
        guard let match = text.firstMatch(of: #/version "(\d+)(?:\.(\d+))?/#) else { return nil }
        // 1.8 is Java 8.
        return match.1 == "1" ? match.2.flatMap { Int($0) } : Int(match.1)
    }
}
