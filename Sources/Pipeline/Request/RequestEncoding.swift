public import Foundation

extension RunRequest {
    /// The payload of this request's message, as `docs/messages.md` describes it: JSON without spaces, fields in one
    /// fixed order, variables sorted by the bytes of their names, absent optionals left out.
    ///
    /// Refuses what `decode` would refuse, so that nothing is published that no worker can read.
    public func encoded() throws(RequestEncodingError) -> Data {
        let problems = formatProblems
        guard problems.isEmpty, let moment = RFC3339.text(of: submittedAt) else {
            throw RequestEncodingError(Self.summary(of: problems))
        }
        var json = JSONObjectText()
        json.add("version", verbatim: String(Self.version))
        json.add("run_id", text: runID.description)
        json.add("pipeline_name", text: pipelineName)
        json.add("pipeline_yaml", text: pipelineYAML)
        var values = JSONObjectText()
        for (name, value) in variables.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            values.add(name, text: value)
        }
        json.add("variables", verbatim: values.closed)
        if let projectYAML { json.add("project_yaml", text: projectYAML) }
        if let profile { json.add("profile", text: profile) }
        json.add("base_directory", text: baseDirectory)
        json.add("engine", text: engine.rawValue)
        json.add("priority", text: priority.rawValue)
        json.add("concurrency_key", text: concurrencyKey)
        json.add("retries", verbatim: String(retries))
        if let timeoutSeconds { json.add("timeout_seconds", verbatim: Self.number(timeoutSeconds)) }
        json.add("fail_on_checks", verbatim: failOnChecks ? "true" : "false")
        if let maxRunning { json.add("max_running", verbatim: String(maxRunning)) }
        if let retryOf { json.add("retry_of", text: retryOf.description) }
        if let idempotencyKey { json.add("idempotency_key", text: idempotencyKey) }
        json.add("submitted_at", text: moment)
        json.add("submitted_by", text: submittedBy)
        if let trigger { json.add("trigger", text: trigger) }
        if let sourceCode {
            var code = JSONObjectText()
            if let repository = sourceCode.repository { code.add("repository", text: repository) }
            code.add("path", text: sourceCode.path)
            if let commit = sourceCode.commit { code.add("commit", text: commit) }
            json.add("source_code", verbatim: code.closed)
        }
        let payload = Data(json.closed.utf8)
        guard payload.count <= RequestLimits.messageBytes else {
            throw RequestEncodingError(
                "the message has \(payload.count) bytes; the limit is \(RequestLimits.messageBytes)")
        }
        return payload
    }

    /// Finite, by the checks before.
    private static func number(_ value: Double) -> String {
        Int(exactly: value).map { String($0) } ?? String(value)
    }
}

/// A JSON object being written.
struct JSONObjectText {
    private var text = "{"

    var closed: String { text + "}" }

    mutating func add(_ name: String, text value: String) {
        begin(name)
        quote(value)
    }

    /// `value` is JSON already.
    mutating func add(_ name: String, verbatim value: String) {
        begin(name)
        text += value
    }

    private mutating func begin(_ name: String) {
        if text.utf8.count > 1 { text += "," }
        quote(name)
        text += ":"
    }

    private mutating func quote(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..<" ":
                text +=
                    "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
