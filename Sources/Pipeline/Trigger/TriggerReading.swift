import Foundation

/// Reads the fields of a trigger file.
struct TriggerReading {
    let context: LoadContext
    /// What relative local places are relative to.
    let baseDirectory: String

    static let conditionLimit = 32

    /// nil when a part is missing that nothing can stand in for; why has been reported.
    func trigger(_ root: YAMLNode) -> TriggerSpec? {
        guard let fields = FieldReader(FieldValue(node: root, path: "", context: context), TriggerFields.trigger)
        else { return nil }
        let name = fields.required("name")?.name(of: "the trigger").flatMap(checked)
        let description = fields.value("description")?.text(limit: 100_000)?.text ?? ""
        let isEnabled = fields.value("enabled").map { $0.boolean() } ?? true
        let sourceValue = fields.required("on")
        let watch = WatchOptions()
        let source = sourceValue.flatMap { self.source($0, watch) }
        let whenValue = fields.value("when")
        let groupedBy = fields.value("for").flatMap(captureNames)
        let target = target(fields)
        let variables = fields.value("variables").map(variables) ?? []
        let engine = fields.value("engine").flatMap(EngineReading.engine)
        let priority = fields.value("priority")?.choice(Priority.self, of: "priority")
        let key = fields.value("concurrency_key").flatMap(triggerText)
        let retries = fields.value("retries")?.integer("a number of retries", in: 0...100).map { Int($0) }
        let timeout = fields.value("timeout").flatMap(duration)
        if let value = fields.value("concurrency_key"), case .workflow? = target {
            context.report("the runs of a workflow have the keys of their pipelines", at: value.place)
        }
        fields.finish()
        guard let name, let isEnabled, let source, let target, var source = arranged(source, whenValue, fields)
        else { return nil }
        var spec = TriggerSpec(
            name: name, description: description, isEnabled: isEnabled, source: source.source, when: source.when,
            groupedBy: [], target: target, variables: variables.map { ($0.name, $0.value) }, engine: engine,
            priority: priority, concurrencyKey: key, retries: retries, timeout: timeout, settling: watch.settling,
            isWatching: watch.isOn)
        spec.groupedBy = self.groupedBy(spec, given: groupedBy, &source.ok)
        for variable in variables { check(variable.value, of: spec, at: variable.place) }
        if let key, let value = fields.value("concurrency_key") { check(key, of: spec, at: value.place) }
        return source.ok ? spec : nil
    }

    private func target(_ fields: FieldReader) -> TriggerSpec.Target? {
        let (pipeline, workflow) = (fields.value("pipeline"), fields.value("workflow"))
        if let pipeline, let workflow {
            _ = pipeline.path()
            context.report("a trigger starts a pipeline or a workflow, not both", at: workflow.place)
            return nil
        }
        if let workflow { return workflow.path().map { .workflow($0) } }
        if let pipeline { return pipeline.path().map { .pipeline($0) } }
        context.report(
            "a trigger needs \"pipeline\" or \"workflow\"; write pipeline: pipelines/daily_sales.yml",
            at: FieldPlace(path: ""))
        return nil
    }

    private func checked(_ name: PlacedText) -> PlacedText? {
        guard name.text.utf8.count <= TriggerSpec.nameBytes, !name.text.utf8.contains(where: { $0 < 0x20 }) else {
            context.report(
                "the name of a trigger has at most \(TriggerSpec.nameBytes) bytes and no control characters",
                at: name.place)
            return nil
        }
        return name
    }

    // MARK: on

    /// What conditions say of the folder watcher holds for the whole trigger.
    private final class WatchOptions {
        var isOn = true
        var settling: Duration?
    }

    private func source(_ value: FieldValue, _ watch: WatchOptions) -> TriggerSpec.Source? {
        if case .sequence = value.node.content {
            guard let items = value.items(of: "what the trigger waits for", limit: Self.conditionLimit) else {
                return nil
            }
            let conditions = items.map { condition($0, watch) }
            return conditions.contains { $0 == nil } ? nil : .landings(conditions.compactMap { $0 })
        }
        if case .mapping(let entries) = value.node.content, entries.contains(where: { $0.key == "schedule" }) {
            return schedule(value).map { .schedule($0) }
        }
        return condition(value, watch).map { .landings([$0]) }
    }

    private func condition(_ value: FieldValue, _ watch: WatchOptions) -> LandingCondition? {
        guard let fields = FieldReader(value, TriggerFields.condition) else { return nil }
        let landing = fields.value("landing")
        let dataset = fields.value("dataset")
        let least = fields.value("min_size").map(bytes)
        let most = fields.value("max_size").map(bytes)
        let name = fields.value("name").map { template($0, isPlace: false) }
        if let isOn = fields.value("watch")?.boolean() { watch.isOn = isOn }
        if let settling = fields.value("settle").flatMap(duration) { watch.settling = settling }
        fields.finish { $0 == "schedule" ? "a schedule stands alone under \"on\"" : nil }
        guard let given = landing ?? dataset, landing == nil || dataset == nil else {
            context.report(
                "\(fields.group.noun) is either \"landing\" or \"dataset\"; write landing: \"/data/in/{FILE}.csv\"",
                at: value.place)
            return nil
        }
        guard let template = template(given, isPlace: true) else { return nil }
        if case .some(.none) = least { return nil }
        if case .some(.none) = most { return nil }
        if case .some(.none) = name { return nil }
        if let least = least ?? nil, let most = most ?? nil, least > most {
            context.report("min_size is larger than max_size", at: value.place)
        }
        return LandingCondition(
            kind: landing == nil ? .dataset : .file, template: template, place: given.place, leastBytes: least ?? nil,
            mostBytes: most ?? nil, name: name ?? nil)
    }

    private func template(_ value: FieldValue, isPlace: Bool) -> URITemplate? {
        guard let text = value.text(expecting: "a template of places", limit: URITemplate.lengthLimit)?.text else {
            return nil
        }
        do {
            guard isPlace, !text.isEmpty else { return try URITemplate(text) }
            // Relative places are those of the runs; braces in the folder's own name are braces.
            let base = baseDirectory.replacing("{", with: "{{").replacing("}", with: "}}")
            return try URITemplate(ResolvedPath.absolute(Landing.withoutFileScheme(text), in: base))
        } catch {
            value.report(error.message)
            return nil
        }
    }

    private func schedule(_ value: FieldValue) -> Schedule? {
        guard let fields = FieldReader(value, TriggerFields.schedule) else { return nil }
        let zone = fields.value("timezone").map(timeZone) ?? TimeZone(secondsFromGMT: 0)
        let catchUp = fields.value("catchup").map(catchUp) ?? Schedule.CatchUp.none
        var expression: CronExpression?
        if let value = fields.required("schedule"), let text = value.text(expecting: "a cron expression")?.text {
            do { expression = try CronExpression(text) } catch { value.report(error.message) }
        }
        fields.finish { ["landing", "dataset"].contains($0) ? "a schedule stands alone under \"on\"" : nil }
        guard let zone, let catchUp, let expression else { return nil }
        return Schedule(expression, timeZone: zone, catchUp: catchUp)
    }

    private func timeZone(_ value: FieldValue) -> TimeZone? {
        guard let text = value.text(expecting: "the name of a time zone", limit: 100)?.text else { return nil }
        guard TimeZone.knownTimeZoneIdentifiers.contains(text) || ["UTC", "GMT"].contains(text),
            let zone = TimeZone(identifier: text)
        else {
            value.report("there is no time zone \"\(text.trimmed(60))\"; write one such as Europe/Berlin or UTC")
            return nil
        }
        return zone
    }

    /// `true` and `false` are what others call `all` and `none`.
    private func catchUp(_ value: FieldValue) -> Schedule.CatchUp? {
        if case .scalar(let scalar) = value.node.content, case .boolean(let all) = scalar.meaning {
            return all ? .all : Schedule.CatchUp.none
        }
        return value.choice(Schedule.CatchUp.self, of: "way to catch up")
    }

    // MARK: when

    private struct Arranged {
        var source: TriggerSpec.Source
        var when: TriggerSpec.When
        var ok = true
    }

    private func arranged(_ source: TriggerSpec.Source, _ value: FieldValue?, _ fields: FieldReader) -> Arranged? {
        guard case .landings(let conditions) = source else {
            value?.report("a schedule has no \"when\"")
            return value == nil ? Arranged(source: source, when: .each) : nil
        }
        guard let value else {
            return Arranged(source: source, when: conditions.count > 1 ? .all : .each)
        }
        guard let text = value.text(expecting: "each, quiet 60s, all or marker _SUCCESS", limit: 500)?.text else {
            return nil
        }
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words.first, words.count) {
        case ("each", 1): return Arranged(source: source, when: .each)
        case ("all", 1):
            guard conditions.count > 1 else {
                value.report("\"all\" needs several landings under \"on\"")
                return nil
            }
            return Arranged(source: source, when: .all)
        case ("quiet", 2):
            guard let time = DurationText.duration(words[1]), time > .zero, time <= DurationText.limit else {
                value.report("expected a time of more than nothing and at most 30 days, such as quiet 60s")
                return nil
            }
            return Arranged(source: source, when: .quiet(time))
        case ("marker", 2):
            guard !words[1].contains("/"), !words[1].contains("{"), !words[1].contains("*") else {
                value.report("a marker is the name of a file, such as marker _SUCCESS")
                return nil
            }
            return marked(conditions, words[1], value)
        default:
            value.report("expected each, quiet 60s, all or marker _SUCCESS, got \"\(text.trimmed(60))\"")
            return nil
        }
    }

    /// What lands is the marker, beside what was asked for; sizes and names are those of the data, not of the marker.
    private func marked(_ conditions: [LandingCondition], _ name: String, _ value: FieldValue) -> Arranged? {
        var marked: [LandingCondition] = []
        for condition in conditions {
            guard condition.kind == .file, let template = condition.template.beside(name) else {
                value.report("a marker stands beside files, and there is no folder in \(condition.template.text)")
                return nil
            }
            if condition.leastBytes != nil || condition.mostBytes != nil || condition.name != nil {
                value.report(
                    "sizes and names are not looked at where a marker decides; remove min_size, max_size, name")
                return nil
            }
            var condition = condition
            condition.template = template
            marked.append(condition)
        }
        return Arranged(source: .landings(marked), when: .each)
    }

    private func captureNames(_ value: FieldValue) -> [PlacedText]? {
        let items: [FieldValue]?
        if case .scalar = value.node.content {
            items = [value]
        } else {
            items = value.items(of: "captures", allowEmpty: true)
        }
        return items?.compactMap { $0.name(of: "a capture") }
    }

    private func groupedBy(_ spec: TriggerSpec, given: [PlacedText]?, _ ok: inout Bool) -> [String] {
        let conditions = spec.conditions
        let common = (conditions.first?.template.captures ?? []).filter { name in
            conditions.allSatisfy { $0.template.captures.contains(name) }
        }
        guard let given else {
            switch spec.when {
            case .each: return []
            case .all: return common
            case .quiet:
                // A group is what lands in one folder.
                return common.filter { name in conditions.allSatisfy { $0.template.folderCaptures.contains(name) } }
            }
        }
        if case .each = spec.when {
            given.first.map { context.report("\"for\" belongs to quiet and all", at: $0.place) }
            ok = ok && given.isEmpty
        }
        for name in given where !common.contains(name.text) {
            context.report("{\(name.text.trimmed(60))} is not captured by everything under \"on\"", at: name.place)
            ok = false
        }
        return given.map(\.text)
    }

    // MARK: Values

    private func variables(_ value: FieldValue) -> [(name: String, value: TriggerText, place: FieldPlace)] {
        guard value.isGiven else { return [] }
        var variables: [(name: String, value: TriggerText, place: FieldPlace)] = []
        for pair in value.pairs(of: "variables to values", allowEmpty: true) ?? [] {
            guard VariableTemplate.isName(pair.key.text) else {
                context.report(VariableDeclaration.nameRefusal(pair.key.text), at: pair.key.place)
                continue
            }
            if let text = triggerText(pair.value) { variables.append((pair.key.text, text, pair.value.place)) }
        }
        return variables
    }

    private func triggerText(_ value: FieldValue) -> TriggerText? {
        guard let text = value.scalar(expecting: "a value")?.text else { return nil }
        do {
            return try TriggerText(text)
        } catch {
            value.report(error.message)
            return nil
        }
    }

    /// Whether everything that the text refers to is known on every occasion.
    private func check(_ text: TriggerText, of spec: TriggerSpec, at place: FieldPlace) {
        let known = spec.certainCaptures
        for name in text.captures where !known.contains(name) {
            let list = known.isEmpty ? "there are none" : "known are \(known.joined(separator: ", "))"
            context.report("{\(name.trimmed(60))} is no capture that every occasion has; \(list)", at: place)
        }
        for fact in text.facts {
            let isOfSchedule = fact == .moment || fact == .day
            if case .schedule = spec.source {
                if !isOfSchedule { context.report("{\(fact.rawValue)}: a schedule has no landing", at: place) }
            } else if isOfSchedule {
                context.report("{\(fact.rawValue)}: landings have no schedule", at: place)
            } else if spec.when != .each {
                context.report("{\(fact.rawValue)}: a group of landings has no single one", at: place)
            }
        }
    }

    private func bytes(_ value: FieldValue) -> Int64? {
        guard let text = value.scalar(expecting: "a size such as 10MB")?.text else { return nil }
        if let count = ByteCount(text) { return count.bytes }
        value.report("expected a size such as 1000, 10MB or 2GiB")
        return nil
    }

    private func duration(_ value: FieldValue) -> Duration? {
        guard let text = value.scalar(expecting: "a time such as 5s or 2m")?.text else { return nil }
        if let duration = DurationText.duration(text), duration > .zero, duration <= DurationText.limit {
            return duration
        }
        value.report("expected a time of more than nothing and at most 30 days, such as 5s or 2m")
        return nil
    }
}
