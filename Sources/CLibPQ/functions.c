/* What is used of libpq, which is loaded when a command first speaks to PostgreSQL. */
#include "shim.h"

#include <late_binding.h>

#ifdef __APPLE__
#define LATE_FILE "libpq.5.dylib"
#else
#define LATE_FILE "libpq.so.5"
#endif
#define LATE_PACKAGE "libpq5"

LATE(int, PQcancel, (PGcancel *cancel, char *errbuf, int errbufsize), (cancel, errbuf, errbufsize))
LATE(void, PQclear, (PGresult *res), (res))
LATE(PGconn *, PQconnectdbParams, (const char *const *keywords, const char *const *values, int expand_dbname),
     (keywords, values, expand_dbname))
LATE(void, PQconninfoFree, (PQconninfoOption *connOptions), (connOptions))
LATE(PQconninfoOption *, PQconninfoParse, (const char *conninfo, char **errmsg), (conninfo, errmsg))
LATE(int, PQconsumeInput, (PGconn *conn), (conn))
LATE(int, PQenterPipelineMode, (PGconn *conn), (conn))
LATE(char *, PQerrorMessage, (const PGconn *conn), (conn))
LATE(int, PQexitPipelineMode, (PGconn *conn), (conn))
LATE(void, PQfinish, (PGconn *conn), (conn))
LATE(int, PQflush, (PGconn *conn), (conn))
LATE(char *, PQfname, (const PGresult *res, int field_num), (res, field_num))
LATE(void, PQfreeCancel, (PGcancel *cancel), (cancel))
LATE(void, PQfreemem, (void *ptr), (ptr))
LATE(PGcancel *, PQgetCancel, (PGconn *conn), (conn))
LATE(PGresult *, PQgetResult, (PGconn *conn), (conn))
LATE(int, PQgetisnull, (const PGresult *res, int tup_num, int field_num), (res, tup_num, field_num))
LATE(char *, PQgetvalue, (const PGresult *res, int tup_num, int field_num), (res, tup_num, field_num))
LATE(int, PQisBusy, (PGconn *conn), (conn))
LATE(int, PQnfields, (const PGresult *res), (res))
LATE(PGnotify *, PQnotifies, (PGconn *conn), (conn))
LATE(int, PQntuples, (const PGresult *res), (res))
LATE(int, PQpipelineSync, (PGconn *conn), (conn))
LATE(char *, PQresultErrorField, (const PGresult *res, int fieldcode), (res, fieldcode))
LATE(ExecStatusType, PQresultStatus, (const PGresult *res), (res))
LATE(int, PQsendPrepare, (PGconn *conn, const char *stmtName, const char *query, int nParams, const Oid
     *paramTypes), (conn, stmtName, query, nParams, paramTypes))
LATE(int, PQsendQuery, (PGconn *conn, const char *query), (conn, query))
LATE(int, PQsendQueryPrepared, (PGconn *conn, const char *stmtName, int nParams, const char *const
     *paramValues, const int *paramLengths, const int *paramFormats, int resultFormat), (conn, stmtName,
     nParams, paramValues, paramLengths, paramFormats, resultFormat))
LATE(PQnoticeReceiver, PQsetNoticeReceiver, (PGconn *conn, PQnoticeReceiver proc, void *arg), (conn, proc,
     arg))
LATE(int, PQsetnonblocking, (PGconn *conn, int arg), (conn, arg))
LATE(int, PQsocket, (const PGconn *conn), (conn))
LATE(ConnStatusType, PQstatus, (const PGconn *conn), (conn))
LATE(PGTransactionStatusType, PQtransactionStatus, (const PGconn *conn), (conn))
