import Foundation
import Support

@testable import Engines

/// One warm Spark server for all tests: it takes seconds to start and most of a gigabyte. It ends with this process.
enum SparkForTests {
    private static let keeper = Result { SparkKeeper(settings: try settings()) }

    static func settings() throws -> SparkSettings {
        var settings = SparkSettings(
            environment: ProcessInfo.processInfo.environment, temporaryDirectory: NSTemporaryDirectory(),
            executable: try DuckDBLocation.path())
        settings.driverMemory = "768m"
        // Among hundreds of other tests it starts slowly.
        settings.startLimit = .seconds(300)
        // In a server that lives for minutes the compiler that takes long is not worth its time, nor are many tasks.
        let seeds = ProcessInfo.processInfo.environment["QUICKETL_SPARK_SEEDS"].flatMap { Int($0) } ?? 0
        settings.properties["spark.driver.extraJavaOptions"] =
            "-XX:MaxMetaspaceSize=768m -XX:MaxDirectMemorySize=256m -XX:ReservedCodeCacheSize=240m -Xss16m"
            + (seeds < 1000 ? " -XX:TieredStopAtLevel=1" : "")
        settings.properties["spark.sql.shuffle.partitions"] = "2"
        return settings
    }

    static func tables() throws -> SparkTables { SparkTables(keeper: try keeper.get()) }
}
