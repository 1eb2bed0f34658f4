import Yams

/// A pipeline file as a tree of nodes, within limits.
struct YAMLDocument {
    let root: YAMLNode
    let text: YAMLText
    /// Repeated and misused keys: the first of a repeated key stays in the tree.
    let problems: [Problem]

    static let byteLimit = 1 << 20
    static let depthLimit = 64
    /// Counted after aliases are resolved: a small file with aliases of aliases can stand for a huge tree.
    static let nodeLimit = 50_000

    /// As `read`, the problem naming the file.
    static func read(
        _ yaml: String, file: String?, needs: String = "a pipeline needs at least name, a source and a sink"
    )
        throws(InvalidPipeline) -> YAMLDocument
    {
        do {
            return try read(yaml, needs: needs)
        } catch {
            var problem = error
            problem.file = file
            throw InvalidPipeline([problem])
        }
    }

    /// `needs`: what to say of an empty file.
    static func read(_ yaml: String, needs: String = "a pipeline needs at least name, a source and a sink")
        throws(Problem) -> YAMLDocument
    {
        guard yaml.utf8.count <= byteLimit else {
            throw Problem("the file has \(yaml.utf8.count) bytes; a pipeline may have at most \(byteLimit)")
        }
        let text = YAMLText(yaml)
        let composition = try YAMLComposition.compose(text)
        guard let root = composition.root else {
            throw Problem("the file is empty; \(needs)")
        }
        var builder = Builder(composition: composition)
        let node = try builder.node(root, path: "", depth: 0)
        return YAMLDocument(root: node, text: text, problems: builder.problems)
    }

    private struct Builder {
        let composition: YAMLComposition
        var problems: [Problem] = []
        var count = 0

        mutating func node(_ node: Node, path: String, depth: Int) throws(Problem) -> YAMLNode {
            let position = node.mark.map { SourcePosition(line: $0.line, column: $0.column) }
            count += 1
            guard count <= nodeLimit else {
                throw Problem("the file stands for more than \(nodeLimit) values, aliases resolved", position: position)
            }
            guard depth <= depthLimit else {
                throw Problem("values are nested more than \(depthLimit) deep", position: position)
            }
            switch node {
            case .scalar(let scalar): return YAMLNode(content: .scalar(read(scalar, path)), position: position)
            case .sequence(let sequence):
                var items: [YAMLNode] = []
                for (index, item) in sequence.enumerated() {
                    items.append(try self.node(item, path: "\(path)[\(index)]", depth: depth + 1))
                }
                return YAMLNode(content: .sequence(items), position: position)
            case .mapping(let mapping):
                let entries = try entries(mapping, path: path, depth: depth)
                return YAMLNode(content: .mapping(entries), position: position)
            case .alias: throw Problem("an alias could not be resolved", position: position, path: path)
            }
        }

        private mutating func entries(_ mapping: Node.Mapping, path: String, depth: Int) throws(Problem)
            -> [YAMLNode.Entry]
        {
            var own: [YAMLNode.Entry] = []
            var places: [[UInt8]: Int] = [:]
            var merged: [YAMLNode.Entry] = []
            for (key, value) in mapping {
                let position = key.mark.map { SourcePosition(line: $0.line, column: $0.column) }
                guard case .scalar(let scalar) = key else {
                    problems.append(Problem("a key must be text", position: position, path: path))
                    continue
                }
                let name = composition.name(of: scalar.string, at: position)
                let place = path.isEmpty ? name : "\(path).\(name)"
                guard !name.isEmpty else {
                    problems.append(Problem("a key is empty", position: position, path: path))
                    continue
                }
                let isMerge = name == "<<" && scalar.style == .plain
                if places.updateValue(own.count, forKey: Array(name.utf8)) != nil {
                    let message = "\"\(name.prefix(60))\" stands more than once in this mapping"
                    problems.append(Problem(message, position: position, path: place))
                    continue
                }
                let node = try self.node(value, path: place, depth: depth + 1)
                if isMerge {
                    merged = mergedEntries(node, path: place)
                } else {
                    own.append(YAMLNode.Entry(key: name, keyPosition: position, value: node))
                }
            }
            return merged.isEmpty ? own : merging(merged, under: own)
        }

        /// What `<<` brings: one mapping, or a list of them of which the first wins.
        private mutating func mergedEntries(_ node: YAMLNode, path: String) -> [YAMLNode.Entry] {
            switch node.content {
            case .mapping(let entries): return entries
            case .sequence(let items):
                var result: [YAMLNode.Entry] = []
                for item in items.reversed() {
                    guard case .mapping(let entries) = item.content else {
                        problems.append(Problem("<< merges mappings only", position: item.position, path: path))
                        continue
                    }
                    result = merging(result, under: entries)
                }
                return result
            case .scalar:
                problems.append(Problem("<< merges mappings only", position: node.position, path: path))
                return []
            }
        }

        /// The entries below, in their order, where those above do not replace them; then the others above.
        private func merging(_ below: [YAMLNode.Entry], under above: [YAMLNode.Entry]) -> [YAMLNode.Entry] {
            var replacements = Dictionary(above.map { (Array($0.key.utf8), $0) }) { first, _ in first }
            var result = below.map { replacements.removeValue(forKey: Array($0.key.utf8)) ?? $0 }
            result += above.filter { replacements[Array($0.key.utf8)] != nil }
            return result
        }

        private mutating func read(_ scalar: Node.Scalar, _ path: String) -> YAMLScalar {
            let style: YAMLScalar.Style =
                switch scalar.style {
                case .singleQuoted: .singleQuoted
                case .doubleQuoted: .doubleQuoted
                case .literal: .literal
                case .folded: .folded
                case .plain, .any: .plain
                }
            let tag = scalar.tag.description
            let isText = tag == "tag:yaml.org,2002:str" || tag == "!"
            if !tag.isEmpty, !isText {
                let position = scalar.mark.map { SourcePosition(line: $0.line, column: $0.column) }
                problems.append(
                    Problem("the tag \(tag.prefix(60)) is not supported; remove it", position: position, path: path))
            }
            return YAMLScalar(text: composition.text(scalar.string), style: style, isTaggedText: isText)
        }
    }
}
