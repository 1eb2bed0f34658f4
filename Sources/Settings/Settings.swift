import Configuration
import Foundation
import Pipeline

/// The settings of one start of a program: flags, then environment, then `quicketl.yml`, then what `quicketl dev`
/// wrote, then defaults.
public struct Settings: Sendable {
    /// Where a value came from, for people.
    public enum Origin: Hashable, Sendable, CustomStringConvertible {
        case flag
        case environment(variable: String)
        case file(path: String)
        /// `.quicketl/dev.env` of a running or earlier `quicketl dev`.
        case development(path: String)
        case builtIn

        public var description: String {
            switch self {
            case .flag: "flag"
            case .environment(let variable): "environment (\(variable))"
            case .file(let path), .development(let path): path
            case .builtIn: "default"
            }
        }
    }

    private var values: [SettingName: (text: String, origin: Origin)] = [:]
    /// librdkafka's own properties: `QUICKETL_KAFKA_SECURITY_PROTOCOL` is `security.protocol`.
    public private(set) var kafkaProperties: [String: String] = [:]

    /// Spark's own: `spark.*`, from flags, else `QUICKETL_SPARK_PROPERTIES` (`name=value`, a line or a `;` between two),
    /// else the file's `spark_properties`.
    public private(set) var sparkProperties: [String: String] = [:]

    /// - Parameters:
    ///   - flags: values given on the command line.
    ///   - directory: where the search for `quicketl.yml` and `.quicketl/dev.env` begins, going upward.
    public static func resolve(
        flags: [SettingName: String] = [:], kafkaProperties: [String: String] = [:],
        sparkProperties: [String: String] = [:], environment: [String: String], directory: String
    ) throws(SettingsError) -> Settings {
        let file = try SettingsFile.nearest(to: directory)
        let development = DevelopmentEnvironment.nearest(to: directory)
        let fromFlags = Dictionary(
            uniqueKeysWithValues: flags.map {
                (AbsoluteConfigKey([$0.key.rawValue]), ConfigValue(.string($0.value), isSecret: false))
            })
        let fromFile = Dictionary(
            uniqueKeysWithValues: (file?.values ?? [:]).map {
                (AbsoluteConfigKey([$0.key.rawValue]), ConfigValue(.string($0.value), isSecret: false))
            })
        // Places that hold nothing are not asked: most starts are of a short command that nobody configured.
        var chain: [(any ConfigProvider, (SettingName) -> AbsoluteConfigKey, (SettingName) -> Origin)] = []
        if !fromFlags.isEmpty { chain.append((InMemoryProvider(values: fromFlags), { [$0.rawValue] }, { _ in .flag })) }
        if environment.keys.contains(where: { $0.hasPrefix("QUICKETL_") }) {
            chain.append(
                (
                    EnvironmentVariablesProvider(environmentVariables: environment),
                    { ["quicketl", $0.rawValue] }, { .environment(variable: $0.environmentVariable) }
                ))
        }
        if let file, !fromFile.isEmpty {
            chain.append((InMemoryProvider(values: fromFile), { [$0.rawValue] }, { _ in .file(path: file.path) }))
        }
        if let development {
            chain.append(
                (
                    EnvironmentVariablesProvider(environmentVariables: development.variables),
                    { ["quicketl", $0.rawValue] }, { _ in .development(path: development.path) }
                ))
        }
        var settings = Settings()
        for name in SettingName.allCases {
            settings.values[name] = name.defaultValue.map { ($0, .builtIn) }
            for (provider, key, origin) in chain {
                // A string lookup of these providers converts nothing, so nothing can fail in it.
                guard let found = try? provider.value(forKey: key(name), type: .string).value,
                    case .string(let text) = found.content
                else { continue }
                settings.values[name] = (text, origin(name))
                break
            }
        }
        settings.kafkaProperties = properties(in: development?.variables ?? [:])
        for more in [file?.kafkaProperties ?? [:], properties(in: environment), kafkaProperties] {
            settings.kafkaProperties.merge(more) { _, stronger in stronger }
        }
        for more in [file?.sparkProperties ?? [:], try Self.sparkProperties(in: environment), sparkProperties] {
            settings.sparkProperties.merge(more) { _, stronger in stronger }
        }
        return settings
    }

    private static func properties(in variables: [String: String]) -> [String: String] {
        let prefix = "QUICKETL_KAFKA_"
        return Dictionary(
            uniqueKeysWithValues: variables.filter { $0.key.hasPrefix(prefix) }.map {
                ($0.key.dropFirst(prefix.count).lowercased().replacingOccurrences(of: "_", with: "."), $0.value)
            })
    }

    private static func sparkProperties(in variables: [String: String]) throws(SettingsError) -> [String: String] {
        let variable = "QUICKETL_SPARK_PROPERTIES"
        var result: [String: String] = [:]
        for line in (variables[variable] ?? "").split(whereSeparator: { $0 == ";" || $0 == "\n" }) {
            let pair = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = pair[0].trimmingCharacters(in: .whitespaces)
            if pair.count == 1, name.isEmpty { continue }
            // A value may be a secret, and is not shown.
            guard pair.count == 2, name.hasPrefix("spark.") else {
                throw SettingsError("\(variable): a property is not spark.name=value; a line or a ; ends each")
            }
            result[name] = pair[1].trimmingCharacters(in: .whitespaces)
        }
        return result
    }

    /// `yes` or `no`.
    public func flag(_ name: SettingName) throws(SettingsError) -> Bool {
        guard let text = text(name) else { return false }
        switch text.lowercased() {
        case "yes", "true", "on", "1": return true
        case "no", "false", "off", "0": return false
        default: throw problem(name, text, "is neither yes nor no")
        }
    }

    public func text(_ name: SettingName) -> String? { values[name].flatMap { $0.text.isEmpty ? nil : $0.text } }

    public func origin(of name: SettingName) -> Origin? { values[name]?.origin }

    /// A whole number, at least 1.
    public func count(_ name: SettingName) throws(SettingsError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), number > 0 else {
            throw problem(name, text, "is not a whole number above 0")
        }
        return number
    }

    /// A whole number, 0 too.
    public func countOrNone(_ name: SettingName) throws(SettingsError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), (0...1024).contains(number) else {
            throw problem(name, text, "is not a whole number from 0 to 1024")
        }
        return number
    }

    /// One of the words of `Word`.
    public func word<Word: RawRepresentable & CaseIterable>(
        _ name: SettingName, _ type: Word.Type = Word.self
    ) throws(SettingsError) -> Word? where Word.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let word = Word(rawValue: text.lowercased()) else {
            throw problem(name, text, "is none of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    public func seconds(_ name: SettingName) throws(SettingsError) -> Duration? {
        guard let text = text(name) else { return nil }
        guard let number = Double(text), number >= 0, number <= 31_536_000 else {
            throw problem(name, text, "is not a number of seconds")
        }
        return .seconds(number)
    }

    /// `512MB`, `8GB`, `8GiB`, `1000000`; powers of ten without an i, of two with it.
    public func bytes(_ name: SettingName) throws(SettingsError) -> Int64? {
        guard let text = text(name) else { return nil }
        guard let bytes = ByteCount(text)?.bytes else {
            throw problem(name, text, "is not a size; write it like 8GB or 512MiB")
        }
        return bytes
    }

    private func problem(_ name: SettingName, _ text: String, _ what: String) -> SettingsError {
        let origin = origin(of: name).map { " (from \($0))" } ?? ""
        return SettingsError("setting \(name.rawValue)\(origin): \"\(text.prefix(80))\" \(what)")
    }
}

/// A setting or settings file that cannot be used; the message names it and where it came from.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
