import Foundation
import Synchronization

/// A database server of the test process's own, started when a test first asks for it.
///
/// It lives in a folder of its own and listens on a port that the system chose. A shell holds it: when this process
/// ends, however it ends, the shell reads the end of its input, stops the server and removes the folder.
public actor TestServer {
    public struct Unavailable: Error, CustomStringConvertible {
        public var description: String
    }

    public static let postgresql = TestServer(script: TestServer.postgresqlScript)
    public static let mariadb = TestServer(script: TestServer.mariadbScript)

    public static let user = "quicketl"
    /// Holds every sign that means something in a URI, a shell or a connection string.
    public static let password = #"p@ss/w:o'r"d\ %41?&#=ü"#

    private let script: String
    /// A folder with `server.crt` and `server.key`; empty: plain connections.
    private let certificates: String
    private var starting: Task<Int, any Error>?
    /// Input pipes of the shells; closed by the system with this process.
    private static let kept = Mutex<[(Process, Pipe)]>([])

    private init(script: String, certificates: String = "") {
        self.script = script
        self.certificates = certificates
    }

    /// A PostgreSQL server that takes encrypted connections alone, with the certificate `server.crt` and the key
    /// `server.key` of a folder, which may go when it has started.
    public static func encryptedPostgresql(certificates: String) -> TestServer {
        TestServer(script: postgresqlScript, certificates: certificates)
    }

    /// The port of 127.0.0.1 that it listens on.
    public func port() async throws -> Int {
        if let starting { return try await starting.value }
        let (script, certificates) = (script, certificates)
        let task = Task {
            var problem = ""
            // Somebody else may take a port between its choice and the server's start.
            for _ in 1...3 {
                let port = try Self.freePort()
                problem = try await Self.start(script, certificates, port: port)
                if problem.isEmpty { return port }
            }
            throw Unavailable(description: "no server for tests; run `make setup`: \(problem.suffix(2000))")
        }
        starting = task
        return try await task.value
    }

    /// Empty when the server is ready, else what it said.
    private static func start(_ script: String, _ certificates: String, port: Int) async throws -> String {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-c", script, "bash", String(port), password, certificates]
        let (input, output) = (Pipe(), Pipe())
        shell.standardInput = input
        shell.standardOutput = output
        shell.standardError = output
        try shell.run()
        let said: String = await withCheckedContinuation { continuation in
            // A thread of its own, for the read blocks.
            Thread.detachNewThread {
                var text = ""
                while !text.hasSuffix("ready\n") {
                    let piece = output.fileHandleForReading.availableData
                    if piece.isEmpty { break }
                    text += String(decoding: piece, as: UTF8.self)
                }
                continuation.resume(returning: text)
            }
        }
        guard said.hasSuffix("ready\n") else { return said.isEmpty ? "it ended without a word" : said }
        kept.withLock { $0.append((shell, input)) }
        return ""
    }

    public static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, streamType, 0)
        guard descriptor >= 0 else { throw Unavailable(description: "no socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard code == 0 else { throw Unavailable(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    #if canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue)
    #else
        private static let streamType = SOCK_STREAM
    #endif

    /// $1 port, $2 password, $3 folder of a certificate or nothing.
    private static let postgresqlScript = #"""
        set -eu
        trap '' INT HUP QUIT
        umask 077
        bin=$(ls -d /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin 2>/dev/null | tail -n 1 || true)
        [ -n "$bin" ] || bin=$(dirname "$(command -v postgres)")
        folder=$(mktemp -d /tmp/quicketl-test-postgresql-XXXXXX)
        as=
        if [ "$(id -u)" = 0 ]; then
            chown postgres "$folder"
            as="setpriv --reuid=postgres --regid=postgres --clear-groups --"
        fi
        cd /
        stop() { exec >/dev/null 2>&1; $as "$bin/pg_ctl" -D "$folder/data" -m immediate -w -s stop || true; rm -rf "$folder"; }
        trap stop EXIT
        $as "$bin/initdb" -D "$folder/data" -U postgres -A trust --locale=C --encoding=UTF8 -N >/dev/null
        quoted=${2//\'/\'\'}
        $as "$bin/postgres" --single -D "$folder/data" postgres >/dev/null <<SQL
        CREATE ROLE quicketl LOGIN PASSWORD '$quoted'
        CREATE DATABASE quicketl OWNER quicketl
        SQL
        host=host tls=
        if [ -n "$3" ]; then
            host=hostssl tls='-c ssl=on'
            cp "$3/server.crt" "$3/server.key" "$folder/data/"
            [ -z "$as" ] || chown postgres "$folder/data/server.crt" "$folder/data/server.key"
        fi
        $as sh -c 'printf "local all all trust\n$2 all all 127.0.0.1/32 scram-sha-256\n" >"$1/data/pg_hba.conf"' sh \
            "$folder" "$host"
        $as "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -s -o "-c listen_addresses=127.0.0.1 -p $1 \
            -c unix_socket_directories=$folder -c fsync=off -c full_page_writes=off -c shared_buffers=32MB \
            -c max_connections=100 $tls" start >/dev/null
        echo ready
        read -r _ || true
        """#

    /// Debian's package of the server alone has the program and its tables, and starts nothing by itself.
    private static let mariadbScript = #"""
        set -eu
        trap '' INT HUP QUIT
        umask 077
        program=$(PATH=$PATH:/usr/sbin command -v mariadbd)
        share=$(dirname "$(dirname "$program")")/share
        tables=$(ls -d "$share/mysql" "$share/mariadb" 2>/dev/null | head -n 1)
        folder=$(mktemp -d /tmp/quicketl-test-mariadb-XXXXXX)
        server=
        # Nobody reads what is said then, and a shell that cannot say it would end before it has tidied up.
        stop() { exec >/dev/null 2>&1; [ -z "$server" ] || kill -9 "$server" 2>/dev/null || true; wait || true; rm -rf "$folder"; }
        trap stop EXIT
        mkdir "$folder/data"
        options="--no-defaults --user=$(id -un) --datadir=$folder/data --innodb-buffer-pool-size=32M"
        options="$options --innodb-log-file-size=8M --innodb-flush-log-at-trx-commit=0"
        name() { [ -f "$tables/$1" ] && echo "$tables/$1" || echo "$tables/${1/mysql_/mariadb_}"; }
        {
            printf 'create database mysql;\nuse mysql;\nset @auth_root_socket=NULL;\nset @skip_auth_anonymous=1;\n'
            printf 'set @current_hostname="localhost";\n'
            cat "$(name mysql_system_tables.sql)" "$(name mysql_performance_tables.sql)" \
                "$(name mysql_system_tables_data.sql)"
        } | "$program" $options --bootstrap --log-warnings=0 >"$folder/log" 2>&1
        quoted=${2//\\/\\\\}
        quoted=${quoted//\'/\'\'}
        printf '%s\n' "CREATE DATABASE quicketl CHARACTER SET utf8mb4;" \
            "CREATE USER quicketl@'%' IDENTIFIED BY '$quoted';" \
            "GRANT ALL ON *.* TO quicketl@'%';" >"$folder/init.sql"
        "$program" $options --socket="$folder/s" --pid-file="$folder/pid" --bind-address=127.0.0.1 --port="$1" \
            --skip-log-bin --skip-name-resolve --character-set-server=utf8mb4 --init-file="$folder/init.sql" \
            >"$folder/log" 2>&1 </dev/null &
        server=$!
        until grep -q 'ready for connections' "$folder/log"; do
            kill -0 "$server" 2>/dev/null || { cat "$folder/log"; exit 1; }
            sleep 0.1
        done
        echo ready
        read -r _ || true
        """#
}
