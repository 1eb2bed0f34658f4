import Fleet
import Pipeline

/// Where the author of a pipeline finds a step: ``step 3 (derive_column `total`, pipeline.yml:17:5)``.
struct StepPlace {
    let text: String

    /// `column`: the one of the step's that is meant, as its author calls it. nil: the step is no transform.
    init?(_ step: PlanStep, column: String?, in attempt: Attempt) {
        let transforms = attempt.pipeline.transforms
        let named = transforms.indices.first { step.name == "transform_\($0)_\(transforms[$0].operation)" }
        guard let index = named else { return nil }
        let place = transforms[index].place(ofColumn: column)
        var words = step.operation
        if let column { words += " `\(column)`" }
        if let position = place.position {
            words += ", " + (attempt.file.map { "\($0):" } ?? "line ") + "\(position.line):\(position.column)"
        } else if !place.path.isEmpty {
            words += ", \(place.path)"
        }
        text = "step \(index + 1) (\(words))"
    }
}

/// Where the author of a pipeline finds a source that could not be read: `read_source (source.path, pipeline.yml:3:9)`.
struct SourcePlace {
    let text: String

    /// nil: the step reads no file.
    init?(_ step: String, in attempt: Attempt) {
        let named = attempt.pipeline.usedSources.first { attempt.pipeline.stepName(ofSource: $0.name) == step }
        guard case .file(let source)? = named?.source, !source.path.place.path.isEmpty else { return nil }
        var words = source.path.place.path
        if let position = source.path.place.position {
            words += ", " + (attempt.file.map { "\($0):" } ?? "line ") + "\(position.line):\(position.column)"
        }
        text = "\(step) (\(words))"
    }
}
