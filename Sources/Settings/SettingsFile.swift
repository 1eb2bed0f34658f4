import Foundation
import Pipeline
import Yams

/// `quicketl.yml`, the project file, as far as it holds settings: under `settings`.
struct SettingsFile {
    var path: String
    var values: [SettingName: String] = [:]
    var kafkaProperties: [String: String] = [:]
    var sparkProperties: [String: String] = [:]

    static func nearest(to directory: String) throws(SettingsError) -> SettingsFile? {
        guard let path = Upward.first("quicketl.yml", from: directory) else { return nil }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SettingsError("\(path) could not be read: \(error.localizedDescription)")
        }
        return try SettingsFile(path: path, text: text)
    }

    init(path: String, text: String) throws(SettingsError) {
        self.path = path
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw SettingsError("\(path) is not valid YAML: \(error)")
        }
        guard let settings = root?.mapping?["settings"]?.mapping else { return }
        for (key, value) in settings {
            let name = key.string ?? ""
            if name == "kafka_properties", let properties = value.mapping {
                for (property, value) in properties { kafkaProperties[property.string ?? ""] = value.string ?? "" }
            } else if name == "spark_properties", let properties = value.mapping {
                for (property, value) in properties { sparkProperties[property.string ?? ""] = value.string ?? "" }
            } else if let known = SettingName(rawValue: name), let text = value.string {
                values[known] = text
            } else {
                let line = key.mark.map { ":\($0.line):\($0.column)" } ?? ""
                let names = SettingName.allCases.map(\.rawValue) + ["kafka_properties", "spark_properties"]
                throw SettingsError(
                    "\(path)\(line): settings.\(name): unknown setting or not a text; known: \(names.joined(separator: ", "))"
                )
            }
        }
    }
}

/// What a `quicketl dev` below or above the working directory wrote for other commands to find.
public struct DevelopmentEnvironment: Sendable {
    public var path: String
    public var variables: [String: String]

    public static let directoryName = ".quicketl"
    public static let fileName = "dev.env"

    public static func nearest(to directory: String) -> DevelopmentEnvironment? {
        guard let path = Upward.first("\(directoryName)/\(fileName)", from: directory),
            // Removed by a `quicketl dev` that is stopping at this moment: then there is none.
            let text = try? String(contentsOfFile: path, encoding: .utf8)
        else { return nil }
        return DevelopmentEnvironment(path: path, text: text)
    }

    init(path: String, text: String) {
        self.path = path
        variables = [:]
        for line in text.split(separator: "\n") {
            let assignment = line.hasPrefix("export ") ? line.dropFirst(7) : line
            guard let equals = assignment.firstIndex(of: "="), !assignment.hasPrefix("#") else { continue }
            let value = assignment[assignment.index(after: equals)...]
            variables[String(assignment[..<equals])] = DevelopmentEnvironment.unquoted(String(value))
        }
    }

    public init(path: String, variables: [String: String]) {
        self.path = path
        self.variables = variables
    }

    /// Shell form: `source` understands it too.
    public var text: String {
        variables.sorted { $0.key < $1.key }
            .map { "export \($0.key)='\($0.value.replacingOccurrences(of: "'", with: "'\\''"))'\n" }.joined()
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("'"), text.hasSuffix("'") else { return text }
        return text.dropFirst().dropLast().replacingOccurrences(of: "'\\''", with: "'")
    }
}

/// Finds a file in a folder or the nearest folder above it.
public enum Upward {
    /// The absolute path; nil when there is none.
    public static func first(_ name: String, from directory: String) -> String? {
        var folder = ResolvedPath.absolute(directory, in: FileManager.default.currentDirectoryPath)
        for _ in 0..<64 {
            let candidate = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
            guard folder != "/", let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
        return nil
    }
}
