import Pipeline
import Testing

/// A small generator with a seed, so that a failure can be replayed.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self) }
    mutating func flip() -> Bool { roll(2) == 0 }
    mutating func pick<T>(_ choices: [T]) -> T { choices[roll(choices.count)] }
}

private struct ExpressionGenerator {
    var dice: Dice

    mutating func expression(_ depth: Int) -> Expression { Expression(kind(depth)) }

    private mutating func kind(_ depth: Int) -> Expression.Kind {
        guard depth > 0, dice.roll(5) > 0 else { return dice.flip() ? .literal(literal()) : column() }
        let binary: [BinaryOperator] = [
            .or, .and, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .concatenate, .add,
            .subtract, .multiply, .divide, .modulo,
        ]
        switch dice.roll(12) {
        case 0: return .unary(.not, expression(depth - 1))
        case 1: return .unary(.minus, expression(depth - 1))
        case 2: return .isNull(expression(depth - 1), negated: dice.flip())
        case 3: return .isDistinctFrom(expression(depth - 1), expression(depth - 1), negated: dice.flip())
        case 4:
            return .between(
                expression(depth - 1), low: expression(depth - 1), high: expression(depth - 1), negated: dice.flip())
        case 5: return .inList(expression(depth - 1), list(1, depth), negated: dice.flip())
        case 6:
            return .like(
                expression(depth - 1), pattern: expression(depth - 1), caseSensitive: dice.flip(),
                negated: dice.flip())
        case 7:
            let branches = (0...dice.roll(2)).map { _ in
                Expression.Branch(when: expression(depth - 1), then: expression(depth - 1))
            }
            return .caseWhen(
                operand: dice.flip() ? expression(depth - 1) : nil, branches: branches,
                otherwise: dice.flip() ? expression(depth - 1) : nil)
        case 8:
            let types: [DataType] = [.int64, .text, .decimal(precision: 10, scale: 2), .timestamp, .float32, .boolean]
            return .cast(expression(depth - 1), dice.pick(types), isTry: dice.flip())
        case 9: return .extract(part: dice.pick(["year", "dow"]), expression(depth - 1))
        case 10:
            if dice.roll(4) == 0 { return .call(FunctionCall("count", [], isStar: true)) }
            if dice.flip() { return .call(FunctionCall("coalesce", list(1, depth))) }
            return .call(
                FunctionCall(
                    "sum", [expression(depth - 1)], isDistinct: dice.flip(),
                    filter: dice.flip() ? expression(depth - 1) : nil))
        default: return .binary(dice.pick(binary), expression(depth - 1), expression(depth - 1))
        }
    }

    private mutating func list(_ minimum: Int, _ depth: Int) -> [Expression] {
        (0..<(minimum + dice.roll(3))).map { _ in expression(depth - 1) }
    }

    private mutating func column() -> Expression.Kind {
        switch dice.roll(3) {
        case 0: .column(dice.pick(["a", "Price", "größe", "date", "first", "x_1", "filter"]))
        case 1: .column(dice.pick(["a b", "q\"q", "${X}", "end", "e\u{301}", "$"]), .double)
        default: .column(dice.pick(["a b", "t`t", "$${", "case"]), .backtick)
        }
    }

    private mutating func literal() -> Literal {
        switch dice.roll(9) {
        case 0: .null
        case 1: .boolean(dice.flip())
        case 2: .integer(dice.pick([0, 7, -7, .max, .min]))
        case 3: .decimal(dice.pick(["1.5", ".5", "-0.25"]))
        case 4: .double(dice.pick([1, -2.5, 1e300, 1e-7]))
        case 5: .text(dice.pick(["", "it's", "${X}", "$$${Y}", "a\nb", "--", "\u{1F600}"]))
        case 6: .date("2024-02-29")
        case 7: .timestamp("2024-02-29 10:00:00.5")
        default: .interval(months: dice.roll(3) - 1, days: dice.roll(3) - 1, microseconds: Int64(dice.roll(9)) - 4)
        }
    }
}

@Suite struct ExpressionRoundTripTests {
    @Test func whatIsPrintedParsesToTheSameTree() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = ExpressionGenerator(dice: Dice(state: seed))
        for _ in 0..<2_000 {
            let tree = generator.expression(5)
            let text = ExpressionText.text(tree)
            let outcome = ExpressionParser.parse(text, variables: VariableScope(), origin: TextOrigin(path: ""))
            try #require(outcome.expression == tree, "seed \(seed): \(text)\n\(outcome.problems)")
        }
    }

    @Test func anyTextGivesAnExpressionOrAProblem() throws {
        let seed = UInt64.random(in: .min ... .max)
        var dice = Dice(state: seed)
        let pieces = [
            "a", "1", "'x'", "\"n\"", "`", "'", "(", ")", ",", "=", "<", "-", "+", "||", "::", " ", "case", "when",
            "then", "end", "not", "in", "is", "null", "between", "and", "or", "cast", "as", "int64", "date", "interval",
            "${X}", "${", "}", "$${", "2024-01-01", ".", "e", "\u{0}", "é", "*", "sum(", "filter(where", "distinct",
            "from",
        ]
        for _ in 0..<5_000 {
            let text = (0..<dice.roll(20)).map { _ in dice.pick(pieces) + (dice.flip() ? " " : "") }.joined()
            let outcome = ExpressionParser.parse(
                text, variables: VariableScope(given: ["X": "v"]),
                origin: TextOrigin(path: "", start: SourcePosition(line: 1, column: 1)))
            let hasError = outcome.problems.contains { $0.severity == .error }
            try #require((outcome.expression == nil) == hasError, "seed \(seed): \(text)")
        }
    }
}
