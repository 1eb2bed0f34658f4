public import Foundation

extension RunRequest {
    /// Reads the payload of a message. Any bytes give a request or an error that names every wrong field.
    ///
    /// Within a version fields are only ever added, and optional: unknown ones are ignored, so that workers can be
    /// older than submitters.
    public static func decode(_ payload: Data) throws(RequestDecodingError) -> RunRequest {
        guard case .run(let request) = try RequestMessage.decode(payload) else {
            throw RequestDecodingError(.undecodable, "the message asks for a workflow, not for a run")
        }
        return request
    }
}

/// The members of a request's object, read one by one while all problems are gathered. `null` stands for absent.
struct RequestFields {
    private let members: [JSONMember]
    private(set) var problems: [String] = []

    init(_ members: [JSONMember]) { self.members = members }

    /// Read before all else: a message of another version may differ in every other field.
    func version(of known: [Int]) throws(RequestDecodingError) -> Int {
        guard let value = value("version") else { throw RequestDecodingError(.undecodable, "version: is missing") }
        guard case .number(let digits) = value, let version = Self.integer(digits) else {
            throw RequestDecodingError(.undecodable, "version: must be an integer, not \(value.noun)")
        }
        guard known.contains(version) else {
            let names = known.map { String($0) }.joined(separator: " and ")
            throw RequestDecodingError(
                .unsupportedVersion,
                "version: is \(version); this program reads version \(names): upgrade the older of worker and submitter"
            )
        }
        return version
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
        let submittedAt = moment("submitted_at")
        let submittedBy = text("submitted_by")
        let trigger = optionalText("trigger")
        let sourceCode = sourceCode()
        guard problems.isEmpty, let runID, let pipelineName, let pipelineYAML, let baseDirectory, let concurrencyKey,
            let submittedAt, let submittedBy
        else { return nil }
        let request = RunRequest(
            runID: runID, pipelineName: pipelineName, pipelineYAML: pipelineYAML, variables: variables,
            projectYAML: projectYAML, profile: profile, baseDirectory: baseDirectory, engine: engine,
            priority: priority, concurrencyKey: concurrencyKey, retries: retries, timeoutSeconds: timeoutSeconds,
            failOnChecks: failOnChecks, maxRunning: maxRunning, retryOf: retryOf, idempotencyKey: idempotencyKey,
            submittedAt: submittedAt, submittedBy: submittedBy, trigger: trigger, sourceCode: sourceCode)
        problems = request.formatProblems
        return problems.isEmpty ? request : nil
    }

    private mutating func sourceCode() -> SourceCode? {
        guard let value = value("source_code") else { return nil }
        guard case .object(let members) = value else {
            problems.append("source_code: must be an object, not \(value.noun)")
            return nil
        }
        var fields = RequestFields(members)
        let path = fields.text("path")
        // Whoever wrote it may have left in what gives access.
        let repository = fields.optionalText("repository").flatMap(SourceCode.repository(ofRemote:))
        let code = SourceCode(repository: repository, path: path ?? "", commit: fields.optionalText("commit"))
        adopt(fields, from: "source_code")
        return code
    }

    private func value(_ name: StaticString) -> JSONValue? {
        let wanted = name.withUTF8Buffer { Array($0) }
        guard let member = members.first(where: { $0.name.utf8.elementsEqual(wanted) }) else { return nil }
        if case .null = member.value { return nil }
        return member.value
    }

    mutating func text(_ name: StaticString) -> String? {
        guard value(name) != nil else {
            problems.append("\(name): is missing")
            return nil
        }
        return optionalText(name)
    }

    mutating func optionalText(_ name: StaticString) -> String? {
        guard let value = value(name) else { return nil }
        if case .text(let text) = value { return text }
        problems.append("\(name): must be a text, not \(value.noun)")
        return nil
    }

    mutating func moment(_ name: StaticString) -> Date? {
        guard let text = text(name) else { return nil }
        let moment = RFC3339.date(from: text)
        if moment == nil { problems.append("\(name): must be an RFC 3339 time, such as 2013-01-01T06:30:00Z") }
        return moment
    }

    /// The members of a field that has to be there.
    mutating func object(_ name: StaticString) -> [JSONMember]? {
        if case .object(let members)? = value(name) { return members }
        problems.append("\(name): must be an object, not \(value(name)?.noun ?? "absent")")
        return nil
    }

    /// A list of objects that has to be there.
    mutating func objects(_ name: StaticString, limit: Int) -> [[JSONMember]] {
        guard case .array(let elements)? = value(name) else {
            problems.append("\(name): must be an array, not \(value(name)?.noun ?? "absent")")
            return []
        }
        guard elements.count <= limit else {
            problems.append("\(name): has \(elements.count) entries; the limit is \(limit)")
            return []
        }
        var objects: [[JSONMember]] = []
        for (index, element) in elements.enumerated() {
            if case .object(let members) = element {
                objects.append(members)
            } else {
                problems.append("\(name)[\(index)]: must be an object, not \(element.noun)")
            }
        }
        return objects
    }

    mutating func integers(_ name: StaticString, limit: Int) -> [Int] {
        guard let value = value(name) else { return [] }
        guard case .array(let elements) = value, elements.count <= limit else {
            problems.append("\(name): must be an array of at most \(limit) integers")
            return []
        }
        return elements.compactMap { element in
            if case .number(let digits) = element, let integer = Self.integer(digits) { return integer }
            problems.append("\(name): must hold integers only, not \(element.noun)")
            return nil
        }
    }

    /// The problems of what stands in a field.
    mutating func adopt(_ inner: RequestFields, from path: String) {
        problems += inner.problems.map { "\(path).\($0)" }
    }

    private mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: StaticString, default: Choice
    ) -> Choice {
        guard let text = optionalText(name) else { return `default` }
        if let choice = Choice(rawValue: text) { return choice }
        problems.append("\(name): must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return `default`
    }

    mutating func bool(_ name: StaticString, default: Bool) -> Bool {
        guard let value = value(name) else { return `default` }
        if case .bool(let bool) = value { return bool }
        problems.append("\(name): must be a boolean, not \(value.noun)")
        return `default`
    }

    private mutating func integer(_ name: StaticString, default: Int) -> Int { optionalInteger(name) ?? `default` }

    mutating func optionalInteger(_ name: StaticString) -> Int? {
        guard let value = value(name) else { return nil }
        if case .number(let digits) = value, let integer = Self.integer(digits) { return integer }
        problems.append("\(name): must be an integer, not \(value.noun)")
        return nil
    }

    mutating func runID(_ name: StaticString, _ text: String) -> RunID? {
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

    mutating func variables() -> [String: String] {
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
