/// What one load of a pipeline gathers while its fields are read: problems, and the variables referred to.
///
/// Belongs to one load on one thread; readers share it so that none of them has to pass problems upward.
final class LoadContext {
    let file: String?
    let text: YAMLText
    var substitution: VariableSubstitution
    /// Of the project file; nil: there is none.
    let profiles: ProjectProfiles?
    /// Variables whose values may be credentials.
    private(set) var sensitiveVariables: Set<String> = []
    /// Names of profiles that sources and sinks take fields from.
    private(set) var usedProfiles: [String] = []
    /// Connections with a password that the author wrote out.
    var writtenPasswords: [FieldPlace] = []
    private(set) var problems: [Problem] = []

    /// Nobody reads more; a file that is wrong everywhere is probably not a pipeline.
    static let problemLimit = 200

    init(file: String?, text: YAMLText, scope: VariableScope, profiles: ProjectProfiles? = nil) {
        self.profiles = profiles
        self.file = file
        self.text = text
        substitution = VariableSubstitution(scope: scope)
    }

    func report(_ message: String, at place: FieldPlace, severity: Problem.Severity = .error) {
        report(Problem(message, severity: severity, position: place.position, path: place.path))
    }

    func report(_ problem: Problem) {
        var problem = problem
        problem.file = file
        if problems.count < LoadContext.problemLimit {
            problems.append(problem)
        } else if problems.count == LoadContext.problemLimit {
            problems.append(
                Problem("too many problems; only the first \(LoadContext.problemLimit) are shown", file: file))
        }
    }

    func noteProfile(_ name: String) {
        if !usedProfiles.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { usedProfiles.append(name) }
    }

    /// With the variables that their declared defaults are made of.
    func markSensitive(_ names: Set<String>) {
        var pending = Array(names)
        while let name = pending.popLast() {
            guard sensitiveVariables.insert(name).inserted else { continue }
            pending += substitution.ingredients[name] ?? []
        }
    }

    func origin(of scalar: YAMLScalar, at place: FieldPlace) -> TextOrigin {
        TextAlignment.origin(of: scalar, at: place.position, in: text, file: file, path: place.path)
    }

    func report(_ mistakes: [VariableTemplate.Mistake], in scalar: YAMLScalar, at place: FieldPlace) {
        guard !mistakes.isEmpty else { return }
        let origin = origin(of: scalar, at: place)
        for mistake in mistakes {
            let position = origin.position(ofScalar: mistake.offset, in: scalar.text)
            report(Problem(mistake.message, position: position, path: place.path))
        }
    }

    /// Errors before warnings matter less than order of reading: by position, those without one at the end.
    var sortedProblems: [Problem] {
        problems.enumerated().sorted { left, right in
            let (a, b) = (left.element.position, right.element.position)
            let placeA = (a?.line ?? .max, a?.column ?? .max, left.offset)
            let placeB = (b?.line ?? .max, b?.column ?? .max, right.offset)
            return placeA < placeB
        }.map(\.element)
    }
}
