public import Foundation

extension RunRequest {
    /// Reads the payload of a message. Any bytes give a request or an error that names every wrong field.
    ///
    /// Within a version fields are only ever added, and optional: unknown ones are ignored, so that workers can be
    /// older than submitters.
    public static func decode(_ payload: Data) throws(RequestDecodingError) -> RunRequest {
        guard payload.count <= RequestLimits.messageBytes else {
            throw RequestDecodingError(
                .tooLarge, "the message has \(payload.count) bytes; the limit is \(RequestLimits.messageBytes)")
        }
        let value: JSONValue
        do {
            value = try JSONReader.read(Array(payload), nestingLimit: RequestLimits.nesting)
        } catch {
            throw RequestDecodingError(.undecodable, "not JSON at byte \(error.byte): \(error.message)")
        }
        guard case .object(let members) = value else {
            throw RequestDecodingError(.undecodable, "expected an object, found \(value.noun)")
        }
        var fields = RequestFields(members)
        try fields.requireVersion(Self.version)
        guard let request = fields.request() else {
            throw RequestDecodingError(.undecodable, summary(of: fields.problems))
        }
        return request
    }
}

/// The members of a request's object, read one by one while all problems are gathered. `null` stands for absent.
private struct RequestFields {
    private let members: [JSONMember]
    private(set) var problems: [String] = []

    init(_ members: [JSONMember]) { self.members = members }

    /// Read before all else: a message of another version may differ in every other field.
    func requireVersion(_ known: Int) throws(RequestDecodingError) {
        guard let value = value("version") else { throw RequestDecodingError(.undecodable, "version: is missing") }
        guard case .number(let digits) = value, let version = Self.integer(digits) else {
            throw RequestDecodingError(.undecodable, "version: must be an integer, not \(value.noun)")
        }
        guard version == known else {
            throw RequestDecodingError(
                .unsupportedVersion,
                "version: is \(version); this program reads version \(known): upgrade the older of worker and submitter"
            )
        }
    }

    /// nil when anything is wrong; `problems` says what.
    mutating func request() -> RunRequest? {
        let runID = text("run_id").flatMap { self.runID("run_id", $0) }
        let pipelineName = text("pipeline_name")
        let pipelineYAML = text("pipeline_yaml")
        let variables = variables()
        let projectYAML = optionalText("project_yaml")
        let profile = optionalText("profile")
        let baseDirectory = text("base_directory")
        let engine = choice("engine", default: PipelineSpec.EngineChoice.auto)
        let priority = choice("priority", default: Priority.normal)
        let concurrencyKey = text("concurrency_key")
        let retries = integer("retries", default: 2)
        let timeoutSeconds = number("timeout_seconds")
        let failOnChecks = bool("fail_on_checks", default: true)
        let maxRunning = optionalInteger("max_running")
        let retryOf = optionalText("retry_of").flatMap { self.runID("retry_of", $0) }
        let idempotencyKey = optionalText("idempotency_key")
        let submittedAt = text("submitted_at").flatMap { text in
            let moment = RFC3339.date(from: text)
            if moment == nil { problems.append("submitted_at: must be an RFC 3339 time, such as 2013-01-01T06:30:00Z") }
            return moment
        }
        let submittedBy = text("submitted_by")
        let trigger = optionalText("trigger")
        guard problems.isEmpty, let runID, let pipelineName, let pipelineYAML, let baseDirectory, let concurrencyKey,
            let submittedAt, let submittedBy
        else { return nil }
        let request = RunRequest(
            runID: runID, pipelineName: pipelineName, pipelineYAML: pipelineYAML, variables: variables,
            projectYAML: projectYAML, profile: profile, baseDirectory: baseDirectory, engine: engine,
            priority: priority, concurrencyKey: concurrencyKey, retries: retries, timeoutSeconds: timeoutSeconds,
            failOnChecks: failOnChecks, maxRunning: maxRunning, retryOf: retryOf, idempotencyKey: idempotencyKey,
            submittedAt: submittedAt, submittedBy: submittedBy, trigger: trigger)
        problems = request.formatProblems
        return problems.isEmpty ? request : nil
    }

    private func value(_ name: StaticString) -> JSONValue? {
        let wanted = name.withUTF8Buffer { Array($0) }
        guard let member = members.first(where: { $0.name.utf8.elementsEqual(wanted) }) else { return nil }
        if case .null = member.value { return nil }
        return member.value
    }

    private mutating func text(_ name: StaticString) -> String? {
        guard value(name) != nil else {
            problems.append("\(name): is missing")
            return nil
        }
        return optionalText(name)
    }

    private mutating func optionalText(_ name: StaticString) -> String? {
        guard let value = value(name) else { return nil }
        if case .text(let text) = value { return text }
        problems.append("\(name): must be a text, not \(value.noun)")
        return nil
    }

    private mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: StaticString, default: Choice
    ) -> Choice {
        guard let text = optionalText(name) else { return `default` }
        if let choice = Choice(rawValue: text) { return choice }
        problems.append("\(name): must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return `default`
    }

    private mutating func bool(_ name: StaticString, default: Bool) -> Bool {
        guard let value = value(name) else { return `default` }
        if case .bool(let bool) = value { return bool }
        problems.append("\(name): must be a boolean, not \(value.noun)")
        return `default`
    }

    private mutating func integer(_ name: StaticString, default: Int) -> Int { optionalInteger(name) ?? `default` }

    private mutating func optionalInteger(_ name: StaticString) -> Int? {
        guard let value = value(name) else { return nil }
        if case .number(let digits) = value, let integer = Self.integer(digits) { return integer }
        problems.append("\(name): must be an integer, not \(value.noun)")
        return nil
    }

    private mutating func runID(_ name: StaticString, _ text: String) -> RunID? {
        let id = Self.isUUID(text) ? RunID(text) : nil
        if id == nil { problems.append("\(name): must be a UUID") }
        return id
    }

    private mutating func number(_ name: StaticString) -> Double? {
        guard let value = value(name) else { return nil }
        if case .number(let digits) = value, let number = Double(digits) { return number }
        problems.append("\(name): must be a number, not \(value.noun)")
        return nil
    }

    private mutating func variables() -> [String: String] {
        guard let value = value("variables") else { return [:] }
        guard case .object(let entries) = value else {
            problems.append("variables: must be an object, not \(value.noun)")
            return [:]
        }
        // Counted before the dictionary is made: it would merge names that differ in Unicode form only. Such names
        // are refused below, for names are ASCII.
        if entries.count > RequestLimits.variables {
            problems.append("variables: has \(entries.count) entries; the limit is \(RequestLimits.variables)")
            return [:]
        }
        var variables: [String: String] = [:]
        for entry in entries {
            if case .text(let text) = entry.value {
                variables[entry.name] = text
            } else {
                problems.append("variables.\(Self.shown(entry.name)): must be a text, not \(entry.value.noun)")
            }
        }
        return variables
    }

    /// A name from the message, short and without control characters.
    private static func shown(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.prefix(64).filter { $0.properties.generalCategory != .control }))
    }

    /// `2.0` and `2e0` are the integer 2 (JSON has one kind of number); nil for what no Int holds.
    private static func integer(_ digits: String) -> Int? {
        if let integer = Int(digits) { return integer }
        guard let number = Double(digits), abs(number) < 9e15 else { return nil }
        return Int(exactly: number)
    }

    /// Foundation reads some texts that only begin like a UUID.
    private static func isUUID(_ text: String) -> Bool { text.utf8.count == 36 }
}
