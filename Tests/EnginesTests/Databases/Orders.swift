import Fleet
import Pipeline

@testable import Engines

/// What the tests of database sinks load into the table `orders`.
enum Orders {
    static let older = "id,name\n1,a\n2,b\n"
    static let newer = "id,name\n2,B\n3,c\n"

    /// What the table holds after `older` was appended and `newer` was loaded in a mode, as "id name".
    static func expected(_ mode: DatabaseSink.Mode) -> [String] {
        switch mode {
        case .append: ["1a", "2B", "2b", "3c"]
        case .truncate, .replace: ["2B", "3c"]
        case .upsert: ["1a", "2B", "3c"]
        }
    }

    static func held(_ scene: DatabaseScene) async throws -> [String] {
        try await scene.rows("concat(id, name)")
    }
}
