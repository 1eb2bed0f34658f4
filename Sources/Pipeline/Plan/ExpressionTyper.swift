/// Gives the names of an expression their columns and every part of it a type. Collects all problems; a part that
/// has one is nil.
struct ExpressionTyper {
    /// Where columns may stand.
    enum Setting {
        /// Row by row: no aggregates.
        case rows
        /// The `aggs` of an aggregate: outside aggregates only the keys (by id).
        case groups(Set<Int>)
    }

    let columns: [PlanColumn]
    let setting: Setting
    let order: RowOrder
    let file: String?
    let place: FieldPlace
    private let byName: [ColumnName: PlanColumn]

    private(set) var problems: [Problem] = []
    private(set) var warnings: [Problem] = []
    /// Names that no column has, as far as each was reported as a problem.
    private(set) var missing: [String] = []
    /// An aggregate depends on the order of the input, which nothing numbers yet.
    var wantsOrdinal = false
    private var isInsideAggregate = false

    init(columns: [PlanColumn], setting: Setting, order: RowOrder, file: String?, place: FieldPlace) {
        self.columns = columns
        self.setting = setting
        self.order = order
        self.file = file
        self.place = place
        byName = Dictionary(columns.map { (ColumnName($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func type(_ expression: Expression) -> TypedExpression? {
        guard let typed = typedPart(expression) else { return nil }
        guard typed.weight <= TypedExpression.weightLimit else {
            return report("the expression grows too large; compute a part of it with derive_column first", expression)
        }
        return typed
    }

    private mutating func typedPart(_ expression: Expression) -> TypedExpression? {
        switch expression.kind {
        case .literal(let literal): return TypedLiteral.make(literal)
        case .column(let name, let quoting): return column(name, quoting, expression)
        case .unary(.not, let operand): return condition(operand).map { TypedExpression(.unary(.not, $0), .boolean) }
        case .unary(.minus, let operand): return negation(operand)
        case .binary(let op, let left, let right): return binary(op, left, right, expression)
        case .isNull(let operand, let isNegated):
            return type(operand).map { TypedExpression(.isNull($0, negated: isNegated), .boolean) }
        case .isDistinctFrom(let left, let right, let isNegated):
            guard let pair = comparable([left, right]) else { return nil }
            return TypedExpression(.isDistinctFrom(pair[0], pair[1], negated: isNegated), .boolean)
        case .between(let operand, let low, let high, let isNegated):
            guard let parts = comparable([operand, low, high]) else { return nil }
            return TypedExpression(.between(parts[0], low: parts[1], high: parts[2], negated: isNegated), .boolean)
        case .inList(let operand, let items, let isNegated):
            let typed = type(operand)
            let read = items.map { bareWord($0, besides: typed) ?? type($0) }
            guard let parts = complete([typed] + read).flatMap({ comparable($0, [operand] + items) }) else {
                return nil
            }
            return TypedExpression(.inList(parts[0], Array(parts.dropFirst()), negated: isNegated), .boolean)
        case .like(let operand, let pattern, let isCaseSensitive, let isNegated):
            let parts = [text(operand, for: "LIKE"), text(pattern, for: "LIKE")]
            guard let operand = parts[0], let pattern = parts[1] else { return nil }
            return TypedExpression(
                .like(operand, pattern: pattern, caseSensitive: isCaseSensitive, negated: isNegated), .boolean)
        case .caseWhen(let operand, let branches, let otherwise):
            return caseWhen(operand, branches, otherwise, expression)
        case .cast(let operand, let type, let isTry): return cast(operand, type, isTry, expression)
        case .extract(let part, let operand): return extract(part, operand, expression)
        case .call(let call): return self.call(call, expression)
        }
    }

    /// A boolean; what has no type yet becomes one.
    mutating func condition(_ expression: Expression) -> TypedExpression? {
        guard let typed = type(expression) else { return nil }
        if typed.type == .boolean { return typed }
        if typed.type == .unknown { return typed.cast(to: .boolean) }
        return report(
            "expected a condition, found \(describe(typed, expression)); compare it with something", expression)
    }

    // MARK: Columns

    private mutating func column(_ name: String, _ quoting: Expression.Quoting, _ expression: Expression)
        -> TypedExpression?
    {
        guard let column = byName[ColumnName(name)] else {
            if quoting == .double {
                warn("no column \"\(name)\": it is read as a text; write '\(name)'", expression)
                return TypedLiteral.make(.text(name))
            }
            missing.append(name)
            return report(Self.unknownColumn(name, columns), expression)
        }
        if case .groups(let keys) = setting, !isInsideAggregate, !keys.contains(column.id) {
            return report(
                "column \"\(name)\" is neither a key of group_by nor inside an aggregate such as max(\(name))",
                expression)
        }
        return TypedExpression(.column(column.id), column.type)
    }

    static func unknownColumn(_ name: String, _ columns: [PlanColumn]) -> String {
        let last = name.unicodeScalars.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) }
        if let last, columns.contains(where: { ColumnName($0.name) == ColumnName(last) }) {
            return "unknown column \"\(name.trimmed(100))\"; columns have no table in front: write \(last.trimmed(100))"
        }
        if ["none", "nil", "undefined"].contains(name.lowercased()) {
            return "unknown column \"\(name)\"; for what is not there write IS NULL"
        }
        if ["where ", "select "].contains(where: name.lowercased().hasPrefix) {
            return
                "unknown column \"\(name.trimmed(100))\"; write the expression alone, without the words around it in SQL"
        }
        let phrase = Suggestion.phrase(for: name, among: columns.map(\.name))
        if !phrase.isEmpty { return "unknown column \"\(name.trimmed(100))\"\(phrase)" }
        if columns.count == 1, let only = columns.first?.name, let mark = ";,|\t".first(where: only.contains) {
            return "unknown column \"\(name.trimmed(100))\"; there is only \"\(only.trimmed(100))\": is the delimiter "
                + (mark == "\t" ? "a tab?" : "\"\(mark)\"?")
        }
        let shown = columns.prefix(12).map { "\"\($0.name)\"" }.joined(separator: ", ")
        let more = columns.count > 12 ? " and \(columns.count - 12) more" : ""
        return "unknown column \"\(name.trimmed(100))\"; there are \(columns.isEmpty ? "none" : shown + more)"
    }

    /// `city = Oslo`, `city IN (Oslo, Bergen)`: a bare word on the right of a comparison with a text column, that is no
    /// column, is a text.
    private mutating func bareWord(_ right: Expression, besides left: TypedExpression?) -> TypedExpression? {
        guard let left, left.type == .text, case .column = left.kind, let word = word(right) else { return nil }
        warn("\"\(word)\" is no column: it is read as the text '\(word)'; write it in quotes", right)
        return TypedLiteral.make(.text(word))
    }

    private func word(_ expression: Expression) -> String? {
        if case .column(let name, .none) = expression.kind { return byName[ColumnName(name)] == nil ? name : nil }
        guard let hyphenated = HyphenatedName(expression), byName[ColumnName(hyphenated.text)] == nil,
            hyphenated.names.allSatisfy({ byName[ColumnName($0)] == nil }), !hyphenated.names.isEmpty
        else { return nil }
        return hyphenated.text
    }

    /// `first-name = 'Al'`: a column with hyphens, unless all its parts are columns, too.
    private mutating func hyphenatedColumn(_ expression: Expression) -> TypedExpression? {
        guard let hyphenated = HyphenatedName(expression), byName[ColumnName(hyphenated.text)] != nil,
            hyphenated.names.contains(where: { byName[ColumnName($0)] == nil })
        else { return nil }
        warn("\"\(hyphenated.text)\" is read as the column of that name; write it in double quotes", expression)
        return column(hyphenated.text, .none, expression)
    }

    // MARK: Operators

    private mutating func binary(
        _ op: BinaryOperator, _ left: Expression, _ right: Expression, _ whole: Expression
    ) -> TypedExpression? {
        switch op {
        case .and, .or:
            let parts = [condition(left), condition(right)]
            guard let left = parts[0], let right = parts[1] else { return nil }
            return TypedExpression(.binary(op, left, right), .boolean)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            let typedLeft = type(left)
            let typedRight = bareWord(right, besides: typedLeft) ?? type(right)
            guard let typedLeft, let typedRight,
                let pair = comparable([typedLeft, typedRight], [left, right])
            else { return nil }
            return TypedExpression(.binary(op, pair[0], pair[1]), .boolean)
        case .concatenate: return concatenation([left, right])
        case .add, .subtract, .multiply, .divide, .modulo:
            if let column = hyphenatedColumn(whole) { return column }
            if let regrouped = HyphenatedName.regrouped(
                whole, isColumn: { byName[ColumnName($0)] != nil })
            {
                return type(regrouped)
            }
            let parts = [type(left), type(right)]
            guard let left = parts[0], let right = parts[1] else { return nil }
            switch Arithmetic.combine(op, left, right) {
            case .success(let typed): return typed
            case .failure(let refusal): return report(refusal.message, whole)
            }
        }
    }

    mutating func concatenation(_ expressions: [Expression]) -> TypedExpression? {
        let parts = expressions.map { expression -> TypedExpression? in
            guard let typed = type(expression) else { return nil }
            guard TypeRules.isScalar(typed.type) else {
                return report("\(describe(typed, expression)) cannot be joined to a text", expression)
            }
            return typed.cast(to: .text)
        }
        guard let typed = complete(parts), let first = typed.first else { return nil }
        return typed.dropFirst().reduce(first) { TypedExpression(.binary(.concatenate, $0, $1), .text) }
    }

    private mutating func negation(_ operand: Expression) -> TypedExpression? {
        guard let typed = type(operand) else { return nil }
        switch typed.type {
        case _ where TypeRules.isInteger(typed.type):
            return TypedExpression(.unary(.minus, typed.cast(to: .int64)), .int64)
        case .float32, .float64, .decimal, .interval, .unknown:
            return TypedExpression(.unary(.minus, typed), typed.type)
        default: return report("- needs a number, found \(describe(typed, operand))", operand)
        }
    }

    private mutating func cast(_ operand: Expression, _ type: DataType, _ isTry: Bool, _ whole: Expression)
        -> TypedExpression?
    {
        guard let typed = self.type(operand) else { return nil }
        guard TypeRules.canCast(typed.type, to: type) else {
            return report("\(describe(typed, operand)) cannot be cast to \(type)", whole)
        }
        return isTry ? TypedExpression(.cast(typed, isTry: true), type) : typed.cast(to: type)
    }

    mutating func extract(_ part: String, _ operand: Expression, _ whole: Expression) -> TypedExpression? {
        guard let typed = moment(operand, for: "EXTRACT", allowsTime: ["hour", "minute", "second"].contains(part))
        else {
            return nil
        }
        return TypedExpression(.extract(part: part, typed), part == "epoch" ? .float64 : .int64)
    }

    private mutating func caseWhen(
        _ operand: Expression?, _ branches: [Expression.Branch], _ otherwise: Expression?, _ whole: Expression
    ) -> TypedExpression? {
        let whens: [TypedExpression?]
        if let operand {
            // Typed once: typing it for every branch would take time by powers when such forms are nested.
            let typed = type(operand)
            whens = branches.map { branch in
                guard let when = type(branch.when), let typed,
                    let pair = comparable([typed, when], [operand, branch.when])
                else { return nil }
                return TypedExpression(.binary(.equal, pair[0], pair[1]), .boolean)
            }
        } else {
            whens = branches.map { condition($0.when) }
        }
        let results = branches.map(\.then) + [otherwise].compactMap(\.self)
        let values = alike(results, whole, "CASE")
        guard let whens = complete(whens), let values else { return nil }
        let typed = zip(whens, values).map { TypedExpression.Branch(when: $0, then: $1) }
        return TypedExpression(.caseWhen(typed, otherwise: otherwise == nil ? nil : values.last), values[0].type)
    }

    // MARK: Types that must meet

    private mutating func comparable(_ expressions: [Expression]) -> [TypedExpression]? {
        let parts = expressions.map { type($0) }
        return complete(parts).flatMap { comparable($0, expressions) }
    }

    /// Brings values that are compared to one type: texts that are written out are read as the others' type.
    private mutating func comparable(_ parts: [TypedExpression], _ expressions: [Expression]) -> [TypedExpression]? {
        let others = parts.filter { !Self.isTextLiteral($0) && $0.type != .unknown }
        guard let wanted = others.first?.type, wanted != .text else {
            return meet(parts, expressions) { "\($0) cannot be compared with \($1)\($2)" }
        }
        var read: [TypedExpression?] = []
        for (part, expression) in zip(parts, expressions) {
            guard case .literal(.text(let text)) = part.kind else {
                read.append(part)
                continue
            }
            if let value = TypedLiteral.read(text, as: wanted) {
                read.append(value)
            } else {
                let against = zip(parts, expressions).first { !Self.isTextLiteral($0.0) && $0.0.type != .unknown }
                let subject = against.map { describe($0.0, $0.1) } ?? wanted.description
                read.append(
                    report(
                        "the text '\(text.prefix(60))' is compared with \(subject) and does not read as one", expression
                    ))
            }
        }
        return complete(read).flatMap { parts in
            meet(parts, expressions) { "\($0) cannot be compared with \($1)\($2)" }
        }
    }

    /// Brings the results of CASE, COALESCE and their like to one type. Dates may be written as texts.
    mutating func alike(_ expressions: [Expression], _ whole: Expression, _ what: String) -> [TypedExpression]? {
        guard var parts = complete(expressions.map({ type($0) })) else { return nil }
        if let moment = parts.first(where: { TypeRules.isMoment($0.type) })?.type {
            parts = parts.map { part in
                guard case .literal(.text(let text)) = part.kind else { return part }
                return TypedLiteral.read(text, as: moment) ?? part
            }
        }
        return meet(parts, expressions) { "\(what) mixes \($0) with \($1)\($2)" }
    }

    private mutating func meet(
        _ parts: [TypedExpression], _ expressions: [Expression], _ message: (String, String, String) -> String
    ) -> [TypedExpression]? {
        var common = DataType.unknown
        let hasDecimals = parts.contains { TypeRules.isDecimal($0.type) }
        for (index, part) in parts.enumerated() {
            if let wider = TypeRules.common(common, hasDecimals ? Arithmetic.narrow(part) : part.type) {
                common = wider
                continue
            }
            let other = parts.firstIndex { TypeRules.common($0.type, part.type) == nil } ?? 0
            let texts = [describe(parts[other], expressions[other]), describe(part, expressions[index])]
            return report(message(texts[0], texts[1], Self.advice(parts[other], part)), expressions[index])
        }
        if parts.count > 1, common == .unknown { common = .text }
        return parts.map { $0.cast(to: common) }
    }

    private static func advice(_ left: TypedExpression, _ right: TypedExpression) -> String {
        if case .literal = right.kind, left.type == .text { return "; write the value in quotes, or cast the text" }
        if case .literal = left.kind, right.type == .text { return "; write the value in quotes, or cast the text" }
        if left.type == .boolean || right.type == .boolean { return "; a boolean is true or false" }
        return "; cast one of them"
    }

    static func isTextLiteral(_ typed: TypedExpression) -> Bool {
        if case .literal(.text) = typed.kind { true } else { false }
    }

    // MARK: Arguments

    mutating func text(_ expression: Expression, for what: String) -> TypedExpression? {
        guard let typed = type(expression) else { return nil }
        if typed.type == .text { return typed }
        if typed.type == .unknown { return typed.cast(to: .text) }
        return report("\(what) needs a text, found \(describe(typed, expression)); cast it to text", expression)
    }

    /// A date, timestamp or instant; a text that is written out may read as one.
    mutating func moment(_ expression: Expression, for what: String, allowsTime: Bool = false) -> TypedExpression? {
        guard let typed = type(expression) else { return nil }
        if TypeRules.isMoment(typed.type) || allowsTime && typed.type == .time { return typed }
        if typed.type == .unknown { return typed.cast(to: .timestamp) }
        if case .literal(.text(let text)) = typed.kind, let read = TypedLiteral.read(text, as: .date) { return read }
        return report("\(what) needs a date or timestamp, found \(describe(typed, expression)); cast it", expression)
    }

    /// Runs `body` where columns need not be keys. nil, with a problem, inside another aggregate.
    mutating func insideAggregate<Result>(
        _ name: String, _ whole: Expression, _ body: (inout ExpressionTyper) -> Result?
    ) -> Result? {
        guard case .groups = setting else {
            return report("\(name) is an aggregate: it can only stand in the aggs of an aggregate transform", whole)
        }
        guard !isInsideAggregate else {
            return report("\(name) stands inside another aggregate; make two aggregate transforms of it", whole)
        }
        isInsideAggregate = true
        defer { isInsideAggregate = false }
        return body(&self)
    }

    // MARK: Problems

    /// `text column "zip"`, `the number 5`, `int64`.
    func describe(_ typed: TypedExpression, _ expression: Expression) -> String {
        let type = typed.type.description
        switch (typed.kind, expression.kind) {
        case (_, .column(let name, _)) where !Self.isTextLiteral(typed): return "\(type) column \"\(name)\""
        case (.literal(.text(let text)), _): return "the text '\(text.prefix(60))'"
        case (.literal(let literal), _): return "\(type) \(ExpressionText.text(literal))"
        default: return type
        }
    }

    func complete(_ parts: [TypedExpression?]) -> [TypedExpression]? {
        let found = parts.compactMap(\.self)
        return found.count == parts.count ? found : nil
    }

    mutating func report<Result>(_ message: String, _ expression: Expression) -> Result? {
        problems.append(problem(message, expression))
        return nil
    }

    private mutating func warn(_ message: String, _ expression: Expression) {
        var problem = problem(message, expression)
        problem.severity = .warning
        if !warnings.contains(problem) { warnings.append(problem) }
    }

    private func problem(_ message: String, _ expression: Expression) -> Problem {
        Problem(message, file: file, position: expression.position ?? place.position, path: place.path)
    }
}
