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
        return settings
    }

    static func tables() throws -> SparkTables { SparkTables(keeper: try keeper.get()) }
}
