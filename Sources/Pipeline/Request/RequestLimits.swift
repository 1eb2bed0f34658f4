/// How much a run request may hold. A request beyond these limits is refused by its submitter and, should one come
/// from elsewhere, set aside by the worker that reads it.
public enum RequestLimits {
    /// Bytes of a payload. By default a broker accepts 1 MiB with everything around it (`message.max.bytes`), and
    /// the producer 1,000,000 bytes: this leaves 64 KiB of the former, and some of the latter, for key and headers.
    public static let messageBytes = 1_048_576 - 65_536
    /// Levels of arrays and objects; the format needs two.
    public static let nesting = 32
    public static let pipelineNameBytes = 256
    public static let pipelineBytes = 524_288
    /// Of a workflow, a stage, a step.
    public static let workflowNameBytes = 256
    public static let variables = 1_000
    public static let variableNameBytes = 128
    public static let variableValueBytes = 65_536
    public static let projectBytes = 65_536
    public static let profileBytes = 1_024
    /// `PATH_MAX` of Linux.
    public static let directoryBytes = 4_096
    public static let keyBytes = 4_096
    public static let submitterBytes = 256
    /// A trigger's name and the place and revision of a landing.
    public static let triggerBytes = 6_144
    /// Of a repository, and of a path in it.
    public static let sourceCodeBytes = 4_096
    public static let commitBytes = 128
    public static let retries = 100
    public static let maxRunning = 10_000
    /// 31 days.
    public static let timeoutSeconds = 2_678_400.0
    /// Problems listed in one error; the rest is counted.
    static let problemsListed = 10
}

extension RunRequest {
    /// What keeps this request from being a message, each with the path of its field; empty when it is one.
    /// Never holds a value, for a variable may hold a secret.
    var formatProblems: [String] {
        var problems: [String] = []
        func check(_ path: String, _ text: String, limit: Int, mayBeEmpty: Bool = false) {
            if text.isEmpty && !mayBeEmpty { problems.append("\(path): is empty") }
            if text.utf8.count > limit {
                problems.append("\(path): has \(text.utf8.count) bytes; the limit is \(limit)")
            }
            // PostgreSQL cannot store it in a text, and no path or name needs it.
            if text.utf8.contains(0) { problems.append("\(path): must not hold the character U+0000") }
        }
        check("pipeline_name", pipelineName, limit: RequestLimits.pipelineNameBytes)
        check("pipeline_yaml", pipelineYAML, limit: RequestLimits.pipelineBytes)
        if variables.count > RequestLimits.variables {
            problems.append("variables: has \(variables.count) entries; the limit is \(RequestLimits.variables)")
        }
        for (name, value) in variables.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            guard Self.isVariableName(name) else {
                problems.append(
                    "variables: a name is not made of letters, digits and underscores (at most "
                        + "\(RequestLimits.variableNameBytes)), the first no digit")
                continue
            }
            check("variables.\(name)", value, limit: RequestLimits.variableValueBytes, mayBeEmpty: true)
        }
        if let projectYAML { check("project_yaml", projectYAML, limit: RequestLimits.projectBytes) }
        if let profile {
            check("profile", profile, limit: RequestLimits.profileBytes)
            if projectYAML == nil { problems.append("profile: needs project_yaml, which holds it") }
        }
        check("base_directory", baseDirectory, limit: RequestLimits.directoryBytes)
        if !baseDirectory.isEmpty && baseDirectory.utf8.first != UInt8(ascii: "/") {
            problems.append("base_directory: must be absolute")
        }
        check("concurrency_key", concurrencyKey, limit: RequestLimits.keyBytes)
        if !(0...RequestLimits.retries).contains(retries) {
            problems.append("retries: must be from 0 to \(RequestLimits.retries)")
        }
        if let timeoutSeconds, !(timeoutSeconds > 0 && timeoutSeconds <= RequestLimits.timeoutSeconds) {
            problems.append("timeout_seconds: must be above 0 and at most \(Int(RequestLimits.timeoutSeconds))")
        }
        if let maxRunning, !(1...RequestLimits.maxRunning).contains(maxRunning) {
            problems.append("max_running: must be from 1 to \(RequestLimits.maxRunning)")
        }
        if let idempotencyKey { check("idempotency_key", idempotencyKey, limit: RequestLimits.keyBytes) }
        if RFC3339.text(of: submittedAt) == nil {
            problems.append("submitted_at: must lie in the years 1 to 9999")
        }
        check("submitted_by", submittedBy, limit: RequestLimits.submitterBytes)
        if let trigger { check("trigger", trigger, limit: RequestLimits.triggerBytes) }
        if let sourceCode {
            check("source_code.path", sourceCode.path, limit: RequestLimits.sourceCodeBytes)
            if let repository = sourceCode.repository {
                check("source_code.repository", repository, limit: RequestLimits.sourceCodeBytes)
            }
            if let commit = sourceCode.commit {
                check("source_code.commit", commit, limit: RequestLimits.commitBytes)
            }
        }
        return problems
    }

    private static func isVariableName(_ name: String) -> Bool {
        guard name.utf8.count <= RequestLimits.variableNameBytes, let first = name.utf8.first else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            default: false
            }
        }
        return isLetter(first)
            && name.utf8.allSatisfy { isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// The first problems in one line, and how many more there are.
    static func summary(of problems: [String]) -> String {
        let listed = problems.prefix(RequestLimits.problemsListed).joined(separator: "; ")
        let rest = problems.count - RequestLimits.problemsListed
        return rest > 0 ? "\(listed); and \(rest) more" : listed
    }
}
