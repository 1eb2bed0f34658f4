/// Pipelines that may run beside each other must not write the same thing: which one is seen in the end would be chance.
enum SharedSinks {
    /// Each pipeline of a parallel stage whose sink an earlier one of the stage has, at its reference.
    static func problems(
        _ spec: WorkflowSpec, _ pipelines: [WorkflowLoader.LoadedPipeline], file: String
    ) -> [Problem] {
        spec.stages.indices.filter { spec.stages[$0].isParallel }.flatMap { stage in
            var problems: [Problem] = []
            var earlier: [(sink: FileSink, path: String, name: String)] = []
            for pipeline in pipelines where pipeline.stage == stage {
                guard case .file(let sink)? = pipeline.loaded.spec.sink else { continue }
                let reference = spec.stages[stage].pipelines[pipeline.index]
                // Any folder will do: the paths are compared, not used.
                let path = ResolvedPath.absolute(sink.path.text, in: "/.")
                if let other = earlier.first(where: {
                    $0.path.utf8.elementsEqual(path.utf8) && !($0.sink.sharesItsPlace && sink.sharesItsPlace)
                }) {
                    problems.append(
                        Problem(
                            "writes the same sink as \"\(other.name)\" of this parallel stage, \(sink.path.text); "
                                + "give them different sinks, or make the stage sequential",
                            file: file, position: reference.path.place.position, path: reference.path.place.path))
                }
                earlier.append((sink, path, reference.name))
            }
            return problems
        }
    }
}

extension FileSink {
    /// Whether a run adds to what others write there, or replaces only partitions of its own.
    fileprivate var sharesItsPlace: Bool {
        switch mode {
        case .overwrite: false
        case .append: shape == .folder
        case .overwritePartitions: true
        }
    }
}
