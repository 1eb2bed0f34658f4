import Logging
import Settings

enum Log {
    /// Lines on stderr, at the level of the settings.
    static func start(_ settings: Settings) throws -> Logger {
        let name = settings.text(.logLevel) ?? "info"
        guard let level = Logger.Level(rawValue: name) else {
            throw SettingsError(
                "setting log_level: \"\(name)\" is not a level; write one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "quicketl-worker")
        logger.logLevel = level
        return logger
    }
}
