#!/usr/bin/env python3
"""Sends every example of the contract as every demo role, then prepares real records and sends every operation again;
validates status, content type, body, headers, problem documents; ETag/304/HEAD, If-Match, Idempotency-Key, paging,
unknown parameters. Usage: examples.py [path of the huzheng binary] [openapi.json]. Needs pip package jsonschema."""
import sys, os, json, re, time, subprocess, tempfile, http.client, urllib.parse, collections, uuid, itertools, signal, copy, shutil
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
HERE = os.path.dirname(os.path.abspath(__file__))
BIN = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, 'huzheng')
DOC = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, 'openapi.json')
PW = 'Lantern-77-river!'
D = json.load(open(DOC)); S = D['components']['schemas']
REG = Registry().with_resource('urn:c', Resource(contents=D, specification=DRAFT202012))
FC = FormatChecker()
@FC.checks('date-time')
def _dt(v): return not isinstance(v, str) or bool(re.match(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00$', v))
@FC.checks('uuid')
def _uu(v): return not isinstance(v, str) or bool(re.match(r'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', v))
def absref(s):
    if isinstance(s, dict): return {k: ('urn:c' + v if k == '$ref' and isinstance(v, str) and v.startswith('#') else absref(v)) for k, v in s.items()}
    if isinstance(s, list): return [absref(x) for x in s]
    return s
_vc = {}
def validator(s):
    k = json.dumps(s, sort_keys=True)
    if k not in _vc: _vc[k] = Draft202012Validator(absref(s), registry=REG, format_checker=FC)
    return _vc[k]
def deref(o, kind):
    return D['components'][kind][o['$ref'].split('/')[-1]] if '$ref' in o else o
OPS = {}
for p, v in D['paths'].items():
    for m, o in v.items():
        if m not in ('get', 'post', 'put', 'patch', 'delete'): continue
        o = dict(o); o['path'] = p; o['method'] = m.upper()
        o['params'] = [deref(q, 'parameters') for q in o.get('parameters', [])]
        o['resp'] = {c: deref(r, 'responses') for c, r in o['responses'].items()}
        OPS[o['operationId']] = o
FAULTS = collections.OrderedDict(); SEEN = collections.defaultdict(collections.Counter); PRES = collections.defaultdict(collections.Counter); PWHERE = {}
COUNT = collections.Counter(); TEXTS = collections.defaultdict(set); PROBS = collections.Counter(); EXRES = collections.defaultdict(list)
def fault(kind, op, what=''):
    FAULTS.setdefault(kind, collections.OrderedDict()).setdefault(op, what)
# ---------- server
class Server:
    def __init__(s): s.dir = tempfile.mkdtemp(prefix='huzheng-ex-'); s.p = None
    def start(s, clock):
        env = {k: v for k, v in os.environ.items() if not k.startswith('HUZHENG_')}
        env.update(HUZHENG_LISTEN='127.0.0.1:0', HUZHENG_DATA_DIR=s.dir + '/data', HUZHENG_DEMO='true', HUZHENG_DEMO_PASSWORD=PW, HUZHENG_RATE_LIMIT='off', HUZHENG_CLOCK_START=clock)
        s.p = subprocess.Popen([BIN, 'serve'], stdout=subprocess.PIPE, stderr=open(s.dir + '/err.log', 'a'), env=env, cwd=s.dir, text=True)
        for line in s.p.stdout:
            m = re.search(r'listening on http://([\d.]+):(\d+)', line)
            if m: s.host, s.port = m[1], int(m[2]); break
        else: raise SystemExit('no start: ' + open(s.dir + '/err.log').read()[-800:])
        global CONN; CONN = None; TOK.clear()
        for _ in range(100):
            try:
                if raw('GET', '/readyz', {})[0] == 200: return
            except OSError: pass
            time.sleep(.2)
    def stop(s):
        if s.p: s.p.terminate(); s.p.wait(90); s.p = None
CONN = None; TOK = {}; SRV = Server()
def raw(method, path, headers, body=None):
    global CONN
    for i in (0, 1):
        try:
            if CONN is None: CONN = http.client.HTTPConnection(SRV.host, SRV.port, timeout=60)
            CONN.request(method, path, body=body, headers=headers)
            r = CONN.getresponse(); b = r.read(); COUNT['requests'] += 1
            return r.status, {k.lower(): v for k, v in r.getheaders()}, b
        except (http.client.HTTPException, OSError):
            CONN = None
            if i: raise
CLIENTS = ('county', 'agency-tax', 'agency-land', 'frontend')
def token(role):
    if role is None: return None
    t = TOK.get(role)
    if t and time.time() < t[1]: return t[0]
    if role in CLIENTS:
        st, h, b = raw('POST', '/v1/oauth/token', {'Content-Type': 'application/x-www-form-urlencoded'}, urllib.parse.urlencode(dict(grant_type='client_credentials', client_id=role, client_secret=PW)))
    else:
        st, h, b = raw('POST', '/v1/auth/login', {'Content-Type': 'application/json'}, json.dumps(dict(username=role, password=PW)))
    if st != 200: raise SystemExit('login %s %s %s' % (role, st, b))
    TOK[role] = (json.loads(b)['access_token'], time.time() + 600)
    return TOK[role][0]
# ---------- validation
def walk(s, v, name, op):
    while '$ref' in s and len(s) <= 3:
        name = s['$ref'].split('/')[-1]; s = S[name]
    for k in ('oneOf', 'anyOf'):
        if k in s:
            for b in s[k]:
                if validator(b).is_valid(v): return walk(b, v, name, op)
            return
    if 'allOf' in s:
        m = {'properties': {}, 'type': 'object'}
        for b in s['allOf']:
            b = flat(b)
            m['properties'].update(b.get('properties', {}))
            if isinstance(b.get('additionalProperties'), dict): m['additionalProperties'] = b['additionalProperties']
        s = m
    if isinstance(v, dict):
        for k, ps in s.get('properties', {}).items():
            st = 'absent' if k not in v else 'null' if v[k] is None else 'value'
            PRES[(name, k)][st] += 1; PWHERE.setdefault((name, k, st), set()).add(op)
            if k in v: walk(ps, v[k], name + '.' + k, op)
        ap = s.get('additionalProperties')
        for k in set(v) - set(s.get('properties', {})):
            if isinstance(ap, dict): walk(ap, v[k], name + '.*', op)
            elif 'properties' in s: fault('member not in the schema', op, '%s.%s' % (name, k))
    elif isinstance(v, list) and isinstance(s.get('items'), dict):
        for x in v: walk(s['items'], x, name, op)
def flat(b):
    if '$ref' in b: return flat(S[b['$ref'].split('/')[-1]])
    if 'allOf' not in b: return b
    m = {'properties': dict(b.get('properties', {}))}
    for c in b['allOf']: m['properties'].update(flat(c).get('properties', {}))
    return m
CJK = re.compile('[\u4e00-\u9fff]')
def check(o, st, h, b, lang, method=None):
    op = o['operationId']; method = method or o['method']; COUNT['checked'] += 1; SEEN[op][st] += 1
    r = o['resp'].get(str(st))
    if r is None: fault('status not documented', op, str(st) + ' ' + b[:120].decode('utf8', 'replace')); return None
    ct = h.get('content-type', '').split(';')[0]
    js = None
    if method == 'HEAD' or st in (204, 304):
        if b: fault('body where none may be', op, str(st))
    else:
        content = r.get('content', {})
        if content and ct not in content: fault('content type', op, '%s %s' % (st, ct))
        elif not content and b: fault('undocumented body', op, '%s %s' % (st, ct))
        elif content:
            sch = content[ct].get('schema', {})
            if 'json' in ct:
                js = json.loads(b)
                er = sorted(validator(sch).iter_errors(js), key=lambda e: len(list(e.absolute_path)))
                if er: fault('body against schema', op, '%s %s: %s' % (st, '/'.join(map(str, er[0].absolute_path)), er[0].message[:260]))
                walk(sch, js, op, op)
            else: COUNT['nonjson ok'] += 1
    for n, hd in r.get('headers', {}).items():
        if n.lower() not in h and not n.lower().startswith('ratelimit') and not (n == 'ETag' and st == 201):
            fault('documented header missing', op, '%s %s' % (st, n))
    doc = {n.lower() for n in r.get('headers', {})}
    for n in ('etag', 'location', 'retry-after', 'idempotency-replayed', 'content-disposition', 'www-authenticate', 'allow', 'link', 'content-language', 'last-modified'):
        if n in h and n not in doc: fault('header sent, not documented: %s at %s' % (n, st if n == 'www-authenticate' or st < 400 else '4xx'), op)
    if st >= 400 and js:
        PROBS[js.get('code')] += 1
        if js.get('status') != st: fault('problem status differs', op, str(js))
        if js.get('trace_id') != h.get('x-request-id'): fault('trace_id differs from X-Request-Id', op)
        if h.get('content-language') != lang: fault('Content-Language', op, str(h.get('content-language')))
        for t in [js['title'], js['detail']] + [e['detail'] for e in js['errors']]:
            TEXTS[(lang, js['code'])].add(t)
            if lang == 'en' and CJK.search(t): fault('Chinese in an English problem', op, js['code'] + ': ' + t)
            if lang == 'zh-TW' and not CJK.search(t): fault('no Chinese in a Chinese problem', op, js['code'] + ': ' + t)
        for e in js['errors']:
            if not (e['pointer'] == '' or e['pointer'][0] in '/?#'): fault('pointer form', op, e['pointer'])
    if st >= 500: fault('5xx', op, b[:200].decode())
    return js
def example(o):
    rb = o.get('requestBody')
    if not rb: return None, None
    ct, c = next(iter(rb['content'].items()))
    s = c['schema']; s = S[s['$ref'].split('/')[-1]] if '$ref' in s else s
    ex = c.get('example', s.get('example', (s.get('examples') or [None])[0]))
    return ct, ex
def pvals(o, where):
    r = {}
    for q in o['params']:
        if q['in'] != where: continue
        s = q['schema']; s = dict(S[s['$ref'].split('/')[-1]], **{k: v for k, v in s.items() if k != '$ref'}) if '$ref' in s else s
        ex = q.get('example', s.get('example', (s.get('examples') or s.get('enum') or [None])[0]))
        if ex is None and q.get('required'):
            ex = '2026-11-23' if s.get('format') == 'date' else '稽核' if q['name'] == 'purpose' else '0' * 20
            if where == 'query': fault('required parameter without example', o['operationId'], q['name'])
        r[q['name']] = (ex, q.get('required', False))
    return r
def target(o, path=None, query=None):
    pp = {k: v for k, (v, _) in pvals(o, 'path').items()}; pp.update(path or {})
    u = re.sub(r'\{(\w+)\}', lambda m: urllib.parse.quote(str(pp[m[1]]), safe=''), o['path'])
    q = {k: v for k, (v, rq) in pvals(o, 'query').items() if rq}
    if query is not None: q.update(query)
    q = {k: v for k, v in q.items() if v is not None}
    return u + ('?' + urllib.parse.urlencode(q) if q else '')
EXB = object(); TWIN = set()
def send(op, role, path=None, query=None, body=EXB, etag=None, key=None, lang='zh-TW', method=None, extra=None, chk=True):
    o = OPS[op]; h = {'Accept-Language': lang}
    if role: h['Authorization'] = 'Bearer ' + (role[7:] if role.startswith('token: ') else token(role))
    ct, ex = example(o); data = None
    if ct:
        if body is EXB: body = ex
        data = json.dumps(body, ensure_ascii=False).encode() if 'json' in ct else urllib.parse.urlencode(body).encode()
        h['Content-Type'] = ct
    if etag: h['If-Match'] = etag
    if key: h['Idempotency-Key'] = key
    h.update(extra or {})
    st, rh, rb = raw(method or o['method'], target(o, path, query), h, data)
    js = check(o, st, rh, rb, lang, method) if chk else None
    if chk and st >= 400 and js and lang == 'zh-TW' and method is None and (op, js.get('code')) not in TWIN:
        TWIN.add((op, js['code'])); h2 = dict(h, **{'Accept-Language': 'en'})
        if key: h2['Idempotency-Key'] = str(uuid.uuid4())
        s2, rh2, rb2 = raw(o['method'], target(o, path, query), h2, data); check(o, s2, rh2, rb2, 'en')
    return st, rh, js, rb
def has(o, name): return any(q['name'] == name for q in o['params'])
DONE = set(); FAILED = []
def act(op, role, path=None, query=None, body=EXB, etag=None, want=None, probe=True):
    """One real call with its probes: If-Match missing and wrong, key missing, replay, other body under the key."""
    o = OPS[op]; first = op not in DONE; key = str(uuid.uuid4()) if has(o, 'Idempotency-Key') else None
    if first and probe:
        if has(o, 'If-Match') and etag:
            rq = [q for q in o['params'] if q['name'] == 'If-Match'][0].get('required')
            if rq:
                st, *_ = send(op, role, path, query, body, None, key and str(uuid.uuid4()))
                if st != 428: fault('write without If-Match not 428', op, str(st))
            st, h, js, b = send(op, role, path, query, body, '"v998"', key and str(uuid.uuid4()), 'en')
            if st != 412: fault('wrong If-Match not 412', op, '%s %s' % (st, b[:160]))
        if key and [q for q in o['params'] if q['name'] == 'Idempotency-Key'][0].get('required'):
            st, *_ = send(op, role, path, query, body, etag, None)
            if st != 428: fault('missing required key not 428', op, str(st))
        st, h, js, b = send(op, role, path, dict(query or {}, bogus='1'), body, etag, key and str(uuid.uuid4()))
        if st != 400: fault('unknown parameter not refused', op, str(st))
        elif [e['pointer'] for e in js['errors']] != ['?bogus']: fault('unknown parameter: pointer', op, str(js['errors']))
    st, h, js, b = send(op, role, path, query, body, etag, key)
    if st >= 300: FAILED.append((op, role, st, b.decode('utf8', 'replace')[:300])); return st, h, js or {}
    DONE.add(op)
    if key and first:
        s2, h2, j2, b2 = send(op, role, path, query, body, etag, key)
        if (s2, b2) != (st, b): fault('replay differs', op, '%s→%s %s' % (st, s2, b2[:160]))
        if h2.get('idempotency-replayed') != 'true': fault('replay not marked', op)
        for n in ('etag', 'location', 'content-type'):
            if h.get(n) != h2.get(n): fault('replay header differs', op, '%s %s→%s' % (n, h.get(n), h2.get(n)))
        ct, ex = example(o)
        if ct and isinstance(body if body is not EXB else ex, dict):
            b3 = dict(ex if body is EXB else body); k0 = next(iter(b3))
            b3[k0] = (b3[k0] + 'x') if isinstance(b3[k0], str) else b3[k0]
            if b3 == (ex if body is EXB else body): b3 = {}
            s3, h3, j3, _ = send(op, role, path, query, b3, etag, key)
            if not (s3 == 422 and j3 and j3['code'] == 'idempotency_mismatch'): fault('other body under the key', op, '%s %s' % (s3, j3 and j3.get('code')))
    if st == 201:
        loc = h.get('location')
        if not loc: fault('201 without Location', op)
        else:
            ls, lh, lb = raw('GET', loc, {'Authorization': 'Bearer ' + token(role)} if role else {})
            if ls != 200: fault('Location does not answer 200', op, '%s %s' % (loc, ls))
            elif h.get('etag') and lh.get('etag') != h.get('etag'): fault('ETag of 201 differs from GET Location', op, '%s %s' % (h.get('etag'), lh.get('etag')))
            elif not h.get('etag'): fault('201 without ETag', op, '' if lh.get('etag') is None else 'GET has one')
    if o['method'] in ('PUT', 'PATCH') and st == 200 and 'etag' not in h: fault('changed record without ETag', op)
    return st, h, js if js is not None else {}
def get(op, role, path=None, query=None):
    """One real read with its probes."""
    o = OPS[op]; first = op not in DONE
    st, h, js, b = send(op, role, path, query)
    if st != 200: FAILED.append((op, role, st, b.decode('utf8', 'replace')[:300])); return h, js or {}
    DONE.add(op)
    if first:
        e = h.get('etag')
        s2, h2, _, b2 = send(op, role, path, query, extra={'If-None-Match': e or '"x"'})
        if s2 != 304: fault('no 304', op, str(s2) + ' ' + str(e) + ' ' + str(h2.get('etag')))
        elif h2.get('etag') != e: fault('304 with other ETag', op)
        s2, *_ = send(op, role, path, query, extra={'If-None-Match': 'W/"a", ' + (e or '')})
        if s2 != 304: fault('no 304 from a list of ETags', op, str(s2))
        s2, h2, _, b2 = send(op, role, path, query, method='HEAD')
        if s2 != 200: fault('HEAD status', op, str(s2))
        for n in ('etag', 'content-type', 'content-length'):
            if h2.get(n) != h.get(n): fault('HEAD header differs', op, '%s %s→%s' % (n, h.get(n), h2.get(n)))
        s2, h2, j2, _ = send(op, role, path, dict(query or {}, bogus='1'))
        if s2 != 400: fault('unknown parameter not refused', op, str(s2))
        elif [e['pointer'] for e in j2['errors']] != ['?bogus']: fault('unknown parameter: pointer', op, str(j2['errors']))
        s2, *_ = send(op, role, path, query, extra={'Accept': 'application/x-nothing'})
        if s2 != 200: pass
        if isinstance(js, dict) and 'items' in js and has(o, 'cursor'): pages(op, role, path, query, js)
        elif isinstance(js, dict) and 'items' in js: fault('list that does not page', op)
    return h, js
def pages(op, role, path, query, whole):
    o = OPS[op]
    q = dict(query or {})
    if 'next' not in whole: fault('list without next', op)
    mx = [x for x in o['params'] if x['name'] == 'limit'][0]['schema']['maximum']
    for bad in ('0', '-1', str(mx + 1), 'x', ''):
        s2, _, j2, _ = send(op, role, path, dict(q, limit=bad))
        if s2 != 400: fault('bad limit not refused', op, '%r %s' % (bad, s2))
    s2, _, j2, _ = send(op, role, path, dict(q, cursor='nonsense'))
    if s2 != 400: fault('bad cursor not refused', op, str(s2))
    s2, _, tot, _ = send(op, role, path, dict(q, include_total='true'))
    s2, _, _, _ = send(op, role, path, dict(q, include_total='maybe'))
    if s2 != 400: fault('bad include_total not refused', op, str(s2))
    if tot is not None and not isinstance(tot.get('total'), int): fault('no total', op)
    got = []; cur = None
    for _ in range(60):
        s2, _, j2, b2 = send(op, role, path, dict(q, limit='3', **({'cursor': cur} if cur else {})))
        if s2 != 200: fault('page refused', op, str(s2) + str(b2[:200])); return
        got += j2['items']; cur = j2.get('next')
        if not cur: break
    full = whole['items']
    if op == 'list_audit_log': return
    if whole.get('next') is None and cur is None and tot and tot.get('total') != len(full): fault('total differs', op, '%s %s' % (tot.get('total'), len(full)))
    if whole.get('next') is None and cur is None and [json.dumps(x, sort_keys=True) for x in got] != [json.dumps(x, sort_keys=True) for x in full]: fault('pages differ from the whole', op, '%d %d' % (len(got), len(full)))
    if cur is None and len(full) > 3:
        s2, _, j2, _ = send(op, role, path, dict(q, limit='3')); c = j2.get('next')
        for f in o['params']:
            if f['in'] == 'query' and f['name'] not in ('cursor', 'limit', 'include_total') and f['name'] not in q and not f.get('required'):
                v = pvals(o, 'query')[f['name']][0]
                s0 = f['schema']
                if v is None: v = '2026-01-01' if s0.get('format') == 'date' else 'true' if s0.get('type') == 'boolean' else '115' if s0.get('type') == 'integer' else str(uuid.uuid4()) if '$ref' in s0 else None
                if v is None or c is None: continue
                s3, _, j3, _ = send(op, role, path, dict(q, limit='3', cursor=c, **{f['name']: v}))
                if s3 != 400: fault('cursor taken with another filter', op, '%s=%s %s' % (f['name'], v, s3))
def step(label, f):
    try: return f()
    except Exception as e:
        FAILED.append(('step ' + label, '', 0, repr(e)[:300])); return None
# ---------- part 1: the examples as they stand
ROLES = [None, 'citizen1', 'citizen2', 'proxy1', 'clerk1', 'reviewer1', 'chief1', 'director1', 'adviser1', 'volunteer1', 'admin1', 'county', 'agency-tax', 'agency-land', 'frontend']
def examples():
    for r in ROLES: token(r)
    for op, o in OPS.items():
        for role in ROLES[:1] if op == 'login' else ROLES:   # more wrong passwords would lock the account
            for lang in ('zh-TW', 'en') if role in (None, 'clerk1', 'chief1') else ('zh-TW',):
                if op in ('logout',) and role: TOK.pop(role, None)
                et = '"v1"' if has(o, 'If-Match') else None
                st, h, js, b = send(op, role, etag=et, key=str(uuid.uuid4()) if has(o, 'Idempotency-Key') else None, lang=lang)
                if op == 'logout' and role: TOK.pop(role, None)
                EXRES[op].append((role, st, (js or {}).get('code') if st >= 400 else None, (js or {}).get('errors') if st >= 400 else None))
        if o.get('requestBody') and example(o)[1] is None: fault('body without example', op)
        if o.get('requestBody') and example(o)[1] is not None:
            sch = next(iter(o['requestBody']['content'].values()))['schema']
            er = list(validator(sch).iter_errors(example(o)[1]))
            er = [e for e in er if e.validator != 'format']
            if er: fault('example breaks its own schema', op, er[0].message[:200])
    for n, s in S.items():
        for ex in ([s['example']] if 'example' in s else []) + s.get('examples', []):
            for e in validator({'$ref': '#/components/schemas/' + n}).iter_errors(ex): fault('schema example breaks its schema', n, e.message[:200])
def broken():
    for op, o in OPS.items():
        if not o.get('requestBody'): continue
        role = next((r for r, st, *_ in reversed(EXRES[op]) if st not in (401, 403)), None)
        ct = next(iter(o['requestBody']['content']))
        for b, c, want in ((b'{"a":', ct, (400, 422)), (b'x', 'text/plain', (415,)), (b'{"a":"' + b'x' * 70000 + b'"}', ct, (413,)), (b'[]', ct, (400, 422)), (b'', ct, (400, 422)), (b'{"zzz":1}', ct, (400, 422)), ('{"\u0000":"\udfff"}'.encode('utf8', 'surrogatepass'), ct, (400, 422))):
            h = {'Content-Type': c, 'Accept-Language': 'en'}
            if role: h['Authorization'] = 'Bearer ' + token(role)
            if has(o, 'If-Match'): h['If-Match'] = '"v1"'
            if has(o, 'Idempotency-Key'): h['Idempotency-Key'] = str(uuid.uuid4())
            st, rh, rb = raw(o['method'], target(o), h, b)
            check(o, st, rh, rb, 'en')
            if st not in want: fault('broken body', op, '%s %r %s' % (c, b[:20], st))
    for op, o in OPS.items():
        ct, ex = example(o)
        if ct != 'application/json' or not isinstance(ex, dict) or op == 'login': continue
        sch = next(iter(o['requestBody']['content'].values()))['schema']; sch = S[sch['$ref'].split('/')[-1]]
        role = next((r for r, st, *_ in reversed(EXRES[op]) if st not in (401, 403)), None)
        h = {'Content-Type': ct, 'Accept-Language': 'en'}
        if role: h['Authorization'] = 'Bearer ' + token(role)
        if has(o, 'If-Match'): h['If-Match'] = '"v997"'
        if has(o, 'Idempotency-Key'): h['Idempotency-Key'] = str(uuid.uuid4())
        st, rh, rb = raw(o['method'], target(o), h, json.dumps([ex.get(p) for p in sch['properties']]))
        js = json.loads(rb) if rb else {}
        if not any(e['code'] == 'invalid_type' for e in js.get('errors') or []): fault('array taken as the object', op, str(st))
    for op, o in OPS.items():
        if o['method'] != 'GET': continue
        role = next((r for r, st, *_ in EXRES[op] if st not in (401, 403)), None)
        h = {'Accept': 'application/x-nothing'}
        if role: h['Authorization'] = 'Bearer ' + token(role)
        st, rh, rb = raw('GET', target(o), h)
        K.setdefault('accept nothing', collections.Counter())[st] += 1
        if st == 406: fault('406 not documented', op)
def methods():
    for p, v in D['paths'].items():
        o = dict(next(iter(v.values()))); op = o['operationId']
        u = re.sub(r'\{(\w+)\}', lambda m: urllib.parse.quote(str(pvals(OPS[op], 'path')[m[1]][0]), safe=''), p)
        al = {m.upper() for m in v}
        for m in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE'):
            if m in al: continue
            st, h, b = raw(m, u, {'Authorization': 'Bearer ' + token('admin1'), 'Content-Type': 'application/json'}, '{}' if m in ('POST', 'PUT', 'PATCH') else None)
            want = al | ({'HEAD'} if 'GET' in al else set())
            got = {x.strip() for x in h.get('allow', '').split(',')} - {'OPTIONS'}
            if st != 405: fault('unknown method not 405', p, m + ' %s' % st)
            elif got != want: fault('Allow', p, '%s, not %s' % (got, want))
            elif json.loads(b).get('code') != 'method_not_allowed': fault('405 body', p)
# ---------- part 2: real records
def nid(n, sex='2', letter='N'):
    c = {'N': 22, 'A': 10}[letter]; d = [c // 10, c % 10] + [int(sex)] + [int(x) for x in '%07d' % n]
    w = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    return letter + sex + '%07d' % n + str((10 - sum(a * b for a, b in zip(d, w)) % 10) % 10)
FORMS = {}; K = {}
for n, s in S.items():
    if n.endswith('Fields') and 'example' in s: FORMS[s['example']['kind']] = s['example']
def case_body(t, n=1, extra=None):
    f = copy.deepcopy(FORMS.get(t['form'], {}))
    p = nid(n)
    papers = [x['document'] for x in t['papers'] if x['when'] == 'ALWAYS']
    b = dict(type_code=t['code'], parties=[dict(role='SUBJECT', name='林試甲', national_id=p), dict(role='SPOUSE', name='陳試乙', national_id=nid(n + 500000, '1'))],
             applicant=dict(name='林試甲', national_id=p, relation=t['applicants'][0]), fields=f, papers=papers, event_on='2026-11-20')
    P = lambda r, i: dict(role=r, name='林試' + '甲乙丙'[i], national_id=nid(n + 500000 * i, '12'[i % 2] if i else '2'))
    fm = t['form']
    if fm == 'BIRTH': b['parties'] = [P('MOTHER', 0), P('FATHER', 1)]; b['applicant']['relation'] = 'MOTHER'; b['circumstances'] = ['PARENTS_MARRIED']
    if fm == 'DEATH': b['parties'] = [P('DECEASED', 1)]
    if fm in ('MARRIAGE', 'DIVORCE'): b['parties'] = [P('SPOUSE', 0), P('SPOUSE', 1)]
    if fm == 'ADOPTION': b['parties'] = [P('ADOPTEE', 1), P('ADOPTER', 0)]
    if fm == 'NAME': b['parties'] = [dict(P('SUBJECT', 0), name=f['old_name'])]; b['applicant']['name'] = f['old_name']
    if fm in ('UID', 'MOVE_IN'): b['parties'] = [P('SUBJECT', 0)]
    b.update(extra or {}); return b
CT = {}; TODAY = '2026-11-23'
def E(op, role, path):
    st, h, js, b = send(op, role, path); return h.get('etag')
def slots(service, role=None, frm='2026-11-24', to='2026-11-30'):
    st, h, js, b = send('list_slots', role, query={'service': service, 'from': frm, 'to': to}); return [x['id'] for x in js['items']]
def new_case(code, n, extra=None, role='clerk1'):
    st, h, js = act('create_case', role, body=case_body(CT[code], n, extra)); return js
def C(op, role, cid, body=EXB):
    return act(op, role, {'id': cid}, body=body, etag=E('get_case', role, {'id': cid}))
def public():
    for op in ('get_health', 'get_readiness', 'get_metrics', 'get_contract', 'get_office', 'list_problems', 'list_signing_keys', 'get_authorization_server', 'list_calendar_days', 'list_closures', 'list_services', 'get_service', 'explain_slot', 'list_consultation_sessions', 'list_case_types', 'get_case_type', 'list_case_type_versions', 'list_agencies', 'get_agency', 'get_calendar_day'): get(op, None)
    get('get_problem', None); get('preview_deadline', None); get('list_slots', None, query={'from': '2026-11-24', 'to': '2026-12-01'})
    for t in json.loads(raw('GET', '/problems?limit=1000', {})[2])['items']:
        send('get_problem', None, {'code': t['code'].replace('_', '-')})
    st, h, js, b = send('list_case_types', None); CT.update({t['code']: t for t in js['items']})
    for c in CT: send('get_case_type', None, {'code': c})
    for a in json.loads(raw('GET', '/v1/agencies', {})[2])['items']: send('get_agency', None, {'code': a['code']})
    for a in json.loads(raw('GET', '/v1/services', {})[2])['items']: send('get_service', None, {'code': a['code']})
    # every type with its form's example: nothing but papers may be wrong
    for i, (c, t) in enumerate(CT.items()):
        st, h, js, b = send('check_case', 'clerk1', body=case_body(t, 900 + i))
        if st != 200 : EXRES['check_case by form'].append((c, st, js.get('code'), js.get('errors')))
def identity():
    r = {}
    def run():
        st, h, js = act('login', None, body=dict(username='citizen3', password=PW))
        act('refresh_login', None, body=dict(refresh_token=js['refresh_token']))
        get('get_me', 'citizen1'); get('get_me', 'county')
        act('register_citizen', None, body=dict(username='ming-hua2', password='Gruen-Tee-um-4', name='王明華', national_id=nid(42, '1', 'A'), birth_on='1990-05-04', phone='0912345678'), probe=True)
        st, h, b = raw('POST', '/v1/auth/login', {'Content-Type': 'application/json'}, json.dumps(dict(username='ming-hua2', password='Gruen-Tee-um-4')))
        TOK['ming-hua'] = (json.loads(b)['access_token'], time.time() + 600)
        act('change_password', 'ming-hua', body=dict(current_password='Gruen-Tee-um-4', new_password='Gruen-Tee-um-5'))
        st, h, b = raw('POST', '/v1/auth/login', {'Content-Type': 'application/json'}, json.dumps(dict(username='ming-hua2', password='Gruen-Tee-um-5')))
        TOK['ming-hua'] = (json.loads(b)['access_token'], time.time() + 600)
        act('logout', 'ming-hua', probe=False)
        st, h, b = raw('POST', '/v1/auth/login', {'Content-Type': 'application/json'}, json.dumps(dict(username='ming-hua2', password='Gruen-Tee-um-5')))
        TOK['ming-hua'] = (json.loads(b)['access_token'], time.time() + 600)
        st, h, js = act('issue_client_token', None, body=dict(grant_type='client_credentials', client_id='county', client_secret=PW))
        act('introspect_token', None, body=dict(token=js['access_token'], client_id='county', client_secret=PW))
        send('introspect_token', None, body=dict(token='nonsense', client_id='county', client_secret=PW))
        act('revoke_token', None, body=dict(token=js['access_token'], client_id='county', client_secret=PW))
        send('issue_client_token', None, body=dict(grant_type='password', username='citizen4', password=PW))
    step('identity', run)
    def users():
        for i, then in enumerate((['reject_user'], ['approve_user', 'update_user', 'approve_user', 'suspend_user', 'reinstate_user', 'reset_user_password'])):
            st, h, js = act('create_user', 'admin1', body=dict(username='clerk-n%d' % i, name='林承辦', roles=['CLK'], duties=[], service_point='HEMEI'))
            for a in then:
                role = 'director1' if a in ('approve_user', 'reject_user') else 'admin1'
                act(a, role, {'id': js['id']}, body=dict(roles=['CLK', 'REV'], duties=['PETITIONS']) if a == 'update_user' else EXB, etag=E('get_user', role, {'id': js['id']}))
        get('list_users', 'admin1'); get('get_user', 'admin1', {'id': js['id']})
        st, h, js = act('create_client', 'admin1', body=dict(name='測試', agency_code='LOCAL_TAX', scopes=['me.read'], expires_on='2029-12-31'))
        act('update_client', 'admin1', {'id': js['id']}, etag=E('get_client', 'admin1', {'id': js['id']}))
        act('rotate_client_secret', 'admin1', {'id': js['id']}, etag=E('get_client', 'admin1', {'id': js['id']}))
        act('revoke_client', 'admin1', {'id': js['id']}, etag=E('get_client', 'admin1', {'id': js['id']}))
        get('list_clients', 'admin1'); get('get_client', 'admin1', {'id': js['id']})
    step('users', users)
    def letters():
        st, h, js = act('create_letter_of_proxy', 'clerk1', body=dict(proxy_username='proxy1', principal=dict(name='王明華', national_id=nid(43)), scope='BOOKING', valid_from=TODAY, valid_to='2027-06-30'))
        act('revoke_letter_of_proxy', 'clerk1', {'id': js['id']})
        act('create_letter_of_proxy', 'clerk1', body=dict(proxy_username='proxy1', principal=dict(name='王明華', national_id=nid(43)), scope='BOOKING', valid_from=TODAY, valid_to='2027-06-30'))
        get('list_letters_of_proxy', 'clerk1'); send('list_letters_of_proxy', 'proxy1'); send('list_letters_of_proxy', 'citizen1')
    step('letters', letters)
def calendar():
    act('set_calendar_day', 'director1', {'date': '2026-12-25'}, etag=E('get_calendar_day', 'director1', {'date': '2026-12-25'}))
    st, h, js = act('create_closure', 'director1', body=dict(date='2026-12-30', part='ALL', reason='颱風停止上班'))
    cid = js.get('id')
    send('create_closure', 'director1', body=dict(date='2026-12-30', part='AM', reason='颱風', dry_run=True), key=str(uuid.uuid4()))
    get('get_closure', None, {'id': cid}); get('list_closures', None, query={'from': '2026-11-01', 'to': '2027-02-01'})
    act('delete_closure', 'director1', {'id': cid}, etag=E('get_closure', 'director1', {'id': cid}))
    send('list_closures', None, query={'from': '2026-11-01', 'to': '2027-02-01', 'include_withdrawn': 'true'}); send('get_closure', None, {'id': cid})
B = {}
def booking1():
    e = E('get_service', 'chief1', {'code': 'COUNTER'})
    st, h, js, b = send('get_service', 'chief1', {'code': 'COUNTER'})
    act('update_service', 'chief1', {'code': 'COUNTER'}, body=dict(js, fee_twd=1), etag=e)
    s = slots('LEGAL_CONSULTATION'); c = slots('COUNTER')
    for i, u in enumerate(('citizen1', 'citizen2', 'citizen3', 'citizen4')):
        st, h, js = act('create_booking', u, body=dict(slot_id=s[i], contact={'phone': '0912345678'}, answers={'topic': 'FAMILY'})); B[u] = js
    get('get_booking', 'citizen1', {'id': B['citizen1']['id']}); send('get_booking', 'clerk1', {'id': B['citizen1']['id']}); send('get_booking', 'adviser1', {'id': B['citizen1']['id']})
    st, h, js = act('create_hold', 'citizen5', body={'slot_id': c[3]})
    get('get_hold', 'citizen5', {'id': js['id']})
    act('create_booking', 'citizen5', body=dict(hold_id=js['id'], contact={'email': 'a@example.org'}))
    st, h, js = act('create_hold', 'citizen6', body={'slot_id': c[4]})
    act('delete_hold', 'citizen6', {'id': js['id']}, etag=E('get_hold', 'citizen6', {'id': js['id']}))
    st, h, js = act('create_booking', 'citizen6', body=dict(slot_id=c[5], contact={'phone': '0912345678'}))
    act('reschedule_booking', 'citizen6', {'id': js['id']}, body={'slot_id': c[8]}, etag=E('get_booking', 'citizen6', {'id': js['id']}))
    act('look_up_booking', None, body=dict(number=js['number'], secret=js['secret']))
    act('cancel_booking', 'citizen6', {'id': js['id']}, etag=E('get_booking', 'citizen6', {'id': js['id']}))
    for i in range(4):
        st, h, js = act('create_booking', 'clerk1', body=dict(slot_id=c[20], person=dict(name='林某', national_id=nid(700 + i)), contact={'none_reason': '無電話'}, channel='COUNTER')); B['ck%d' % i] = js
    st, h, js = act('create_booking', 'proxy1', body=dict(slot_id=c[26], person=dict(name='王明華', national_id=nid(43)), contact={'phone': '0912345678'}))
    st, h, js, b = send('create_booking', 'citizen7', body=dict(slot_id=c[20], contact={'phone': '0912345678'}), key=str(uuid.uuid4()))
    st, h, js, b = send('create_booking', 'citizen7', body=dict(slot_id=c[20], contact={'phone': '0912345678'}), key=str(uuid.uuid4()), lang='en')
    get('list_bookings', 'clerk1'); get('get_booking_calendar', 'citizen1', {'id': B['citizen1']['id']})
    for u in ('citizen1', 'proxy1', 'adviser1', 'frontend', 'county'): send('list_bookings', u)
    st, h, js = act('create_calendar_token', 'citizen1'); tok = js.get('token') or urllib.parse.parse_qs(urllib.parse.urlparse(js.get('url', '')).query).get('token', [''])[0]
    get('get_my_calendar', None, query={'token': tok})
    for u in ('citizen7', 'citizen8'):
        st, h, js = act('join_waitlist', u, body={'service': 'LEGAL_CONSULTATION', 'from': '2026-11-24', 'to': '2026-12-05'}); B['w' + u] = js
    get('get_waitlist_entry', 'citizen7', {'id': B['wcitizen7']['id']}); get('list_waitlist', 'clerk1')
    act('cancel_booking', 'citizen4', {'id': B['citizen4']['id']}, etag=E('get_booking', 'citizen4', {'id': B['citizen4']['id']}))
    time.sleep(1); send('list_waitlist', 'clerk1'); send('list_waitlist', 'citizen7')
    act('leave_waitlist', 'citizen8', {'id': B['wcitizen8']['id']}, etag=E('get_waitlist_entry', 'citizen8', {'id': B['wcitizen8']['id']}))
    get('list_advisers', 'chief1')
    st, h, js = act('create_adviser', 'chief1'); aid = js.get('id')
    get('get_rota', 'chief1', {'date': '2026-11-27'})
    act('set_rota', 'chief1', {'date': '2026-12-02'}, body=dict(adviser_ids=[aid], reason='林律師請假'), etag=E('get_rota', 'chief1', {'date': '2026-12-02'}))
    send('get_rota', 'chief1', {'date': '2026-12-02'}); send('list_consultation_sessions', None, query={'from': '2026-11-24', 'to': '2026-12-05'})
    send('create_closure', 'director1', body=dict(date='2026-11-27', part='ALL', reason='颱風', dry_run=True), key=str(uuid.uuid4()))
    b = [x for x in s if '20261127' in x]
    st, h, js = act('create_booking', 'citizen9', body=dict(slot_id=b[0], contact={'phone': '0912345678'}, answers={'topic': 'FAMILY', 'summary': 'x', 'opponent': '某'}))
    if st != 201: st, h, js = act('create_booking', 'citizen9', body=dict(slot_id=b[0], contact={'phone': '0912345678'}, answers={'topic': 'FAMILY'}))
    act('create_closure', 'director1', body=dict(date='2026-11-27', part='AM', reason='颱風'))
    get('list_booking_conflicts', 'clerk1'); send('get_booking', 'citizen9', {'id': js['id']}); send('list_bookings', 'clerk1')
    for a in slots('COUNTER')[:40:13]: send('explain_slot', None, query={'service': 'COUNTER', 'at': '2026-11-25T09:00:00+08:00'}); send('explain_slot', 'citizen1', query={'service': 'COUNTER', 'at': '2026-11-25T12:34:00+08:00'})
def booking2():
    for op, u in (('check_in_booking', 'citizen1'),):
        act(op, 'clerk1', {'id': B[u]['id']}, etag=E('get_booking', 'clerk1', {'id': B[u]['id']}))
    get('join_consultation', 'citizen1', {'booking_id': B['citizen1']['id']}) if False else None
    st, h, js = act('record_consultation_outcome', 'clerk1', {'booking_id': B['citizen1']['id']}, body={'result': 'REFERRED', 'minutes': 20, 'note': '轉介'})
    sl = slots('LEGAL_REFERRAL', 'clerk1', '2026-11-26', '2026-12-20')
    st, h, js = act('create_referral', 'clerk1', {'booking_id': B['citizen1']['id']})
    rid = js.get('id'); get('get_referral', 'citizen1', {'id': rid}); get('list_referrals', 'clerk1')
    act('accept_referral', 'citizen1', {'id': rid}, etag=E('get_referral', 'citizen1', {'id': rid}))
    send('get_referral', 'clerk1', {'id': rid})
    send('list_referrals', 'citizen1')
def booking3():
    act('record_consultation_outcome', 'clerk1', {'booking_id': B['citizen2']['id']}, body={'result': 'REFERRED', 'minutes': 20})
    st, h, js = act('create_referral', 'clerk1', {'booking_id': B['citizen2']['id']})
    act('decline_referral', 'citizen2', {'id': js.get('id')}, etag=E('get_referral', 'citizen2', {'id': js['id']}))
    send('list_referrals', 'citizen2'); send('list_bookings', 'clerk1')
def join():
    get('join_consultation', 'citizen3', {'booking_id': B['citizen3']['id']})
def join2():
    act('record_consultation_outcome', 'clerk1', {'booking_id': B['citizen3']['id']}, body={'result': 'NO_SHOW'})
def counter():
    for op, k in (('check_in_booking', 'ck0'), ('complete_booking', 'ck0')):
        act(op, 'clerk1', {'id': B[k]['id']}, etag=E('get_booking', 'clerk1', {'id': B[k]['id']}))
def counter2(): act('mark_booking_no_show', 'clerk1', {'id': B['ck1']['id']}, etag=E('get_booking', 'clerk1', {'id': B['ck1']['id']}))
def cases():
    ct = CT['BIRTH']
    act('check_case', None); act('check_case', 'clerk1')
    bb = case_body(CT['BIRTH'], 21); bb['papers'] = bb['papers'][:3]
    st, h, js = act('create_case', 'clerk1', body=bb)   # papers missing
    send('create_case', 'clerk1', body=bb, key=str(uuid.uuid4()))
    cid = js['id']
    get('get_case', 'clerk1', {'id': cid}); get('list_cases', 'clerk1'); get('get_case_clock', 'clerk1', {'id': cid}); get('get_case_history', 'clerk1', {'id': cid}); get('list_queues', 'clerk1')
    if SEEN['get_notice'][200] == 0: C('give_notice', 'clerk1', cid)
    get('get_notice', 'clerk1', {'id': cid}); get('get_notice_text', 'clerk1', {'id': cid}); get('get_notice_pdf', 'clerk1', {'id': cid})
    send('get_case_clock', 'clerk1', {'id': cid}); send('list_cases', 'clerk1'); send('give_notice', 'clerk1', {'id': cid}, etag=E('get_case', 'clerk1', {'id': cid}), key=str(uuid.uuid4()))
    st, h, n, b = send('get_notice', 'clerk1', {'id': cid})
    for i, it in enumerate(n.get('items', [])): act('receive_paper', 'clerk1', {'id': cid, 'n': it.get('n', i + 1)}, etag=E('get_case', 'clerk1', {'id': cid}))
    send('get_case', 'clerk1', {'id': cid})
    C('update_case', 'clerk1', cid, {'papers': [x['document'] for x in CT['BIRTH']['papers'] if x['when'] in ('ALWAYS', 'PARENTS_MARRIED')]})
    send('submit_case', 'clerk1', {'id': cid}, etag='"v99"', key=str(uuid.uuid4()))
    send('submit_case', 'clerk2', {'id': cid}, etag=E('get_case', 'clerk1', {'id': cid}), key=str(uuid.uuid4()))
    C('submit_case', 'clerk1', cid); get('list_reviews', 'clerk1', {'id': cid}); C('create_review', 'reviewer1', cid); send('list_reviews', 'clerk1', {'id': cid})
    C('update_case', 'clerk1', cid, {'papers': [x['document'] for x in CT['BIRTH']['papers'] if x['when'] in ('ALWAYS', 'PARENTS_MARRIED')]}); C('submit_case', 'clerk1', cid); C('create_review', 'reviewer1', cid, {'result': 'PASS'})
    for r in ('clerk1', 'reviewer1', 'chief1', 'director1', 'county', 'citizen1', 'admin1', 'frontend'): send('get_case', r, {'id': cid}); send('list_cases', r); send('list_queues', r)
    C('correct_case', 'clerk1', cid); get('list_case_changes', 'clerk1', {'id': cid}); C('approve_case_change', 'chief1', cid); send('list_case_changes', 'clerk1', {'id': cid})
    C('revoke_case', 'clerk1', cid); C('reject_case_change', 'chief1', cid); C('revoke_case', 'clerk1', cid); C('approve_case_change', 'chief1', cid); send('list_case_changes', 'clerk1', {'id': cid}); send('get_case', 'clerk1', {'id': cid})
    act('reveal_case', 'clerk1', {'id': cid}); send('get_case_history', 'clerk1', {'id': cid})
    act('search_cases', 'clerk1')
    st, h, us, b = send('list_users', 'admin1', query={'limit': '100'}); uid = {u['username']: u['id'] for u in us['items']}; K['uid'] = uid
    a = new_case('TRANSCRIPT_ZH', 11, {'draft': True}); send('get_case', 'clerk1', {'id': a['id']}); send('get_case_clock', 'clerk1', {'id': a['id']}); C('accept_case', 'clerk1', a['id'])
    st, h, us, b = send('list_users', 'admin1', query={'limit': '100'}); uid = {u['username']: u['id'] for u in us['items']}; K['uid'] = uid
    C('assign_case', 'chief1', a['id'], {'clerk': uid['clerk2'], 'reviewer': uid['reviewer2'], 'reason': '請假'})
    C('withdraw_case', 'clerk2', a['id'])
    b_ = new_case('TRANSCRIPT_ZH', 12); C('refuse_case', 'clerk1', b_['id'])
    pr = [c for c, t in CT.items() if t['proxy'] not in ('ALLOWED', 'NONE', 'NOT_ALLOWED', 'NO')]; K['proxyrules'] = {t['proxy'] for t in CT.values()}
    px = dict(proxy=dict(name='林代理', national_id=nid(99, '1'), reason='申請人住院', dated_on='2026-11-20'))
    for c in pr[:6]:
        js = new_case(c, 13, dict(px, papers=[x['document'] for x in CT[c]['papers'] if x['when'] in ('ALWAYS', 'PROXY_APPLIES')]))
        if js.get('id'):
            C('approve_case_proxy', 'chief1', js['id']); send('get_case', 'clerk1', {'id': js['id']})
            if 'approve_case_proxy' in DONE: break
    # one of every form
    n = 100
    seen = set()
    for c, t in CT.items():
        if t['form'] in seen: continue
        n += 1; js = new_case(c, n)
        if js.get('id'): seen.add(t['form']); send('get_case', 'clerk1', {'id': js['id']})
    K['forms'] = (len(seen), len({t['form'] for t in CT.values()}), sorted({t['form'] for t in CT.values()} - seen))
    cz = [c for c, t in CT.items() if t['online'] == 'YES']
    st, h, me, b = send('get_me', 'citizen2')
    act('update_case_type', 'chief1', body=dict(OPS['update_case_type'] and example(OPS['update_case_type'])[1]), etag=E('get_case_type', 'chief1', {'code': 'BIRTH'}))
    send('list_case_type_versions', None)
    hc = case_body(CT['HC_FIRST'], 31); hc['parties'] = [dict(role='SUBJECT', name='王明華', national_id=nid(42, '1', 'A'))]; hc['applicant'].update(name='王明華', national_id=nid(42, '1', 'A'))
    st, h, js = act('create_case', 'ming-hua', body=hc); send('list_cases', 'ming-hua')
    if js.get('id'): send('get_case', 'ming-hua', {'id': js['id']}); send('get_case', 'clerk1', {'id': js['id']}); C('accept_case', 'clerk1', js['id'])
def certs():
    mh = dict(name='王明華', national_id=nid(42, '1', 'A')); cb = dict(kind='TRANSCRIPT_ZH', person=mh, applicant=dict(mh, relation='SELF'), purpose='就學', scope='WHOLE', copies=1)
    act('create_certificate', 'clerk1', body=dict(cb, person=dict(name='林', national_id=nid(51)), applicant=dict(name='林', national_id=nid(51), relation='SELF')))
    st, h, js = act('create_certificate', 'ming-hua', body=cb); i = js['id']; send('get_certificate', 'ming-hua', {'id': i})
    get('get_certificate', 'clerk1', {'id': i}); st, h, js = act('issue_certificate', 'clerk1', {'id': i}, etag=E('get_certificate', 'clerk1', {'id': i}))
    act('verify_certificate', None, body=dict(serial=js['serial'], check_code=js['check_code'])); send('verify_certificate', None, body=dict(serial=js['serial'], check_code='x'))
    st, h, js = act('create_certificate', 'ming-hua', body=dict(cb, purpose='其他')); act('refuse_certificate', 'clerk1', {'id': js['id']}, etag=E('get_certificate', 'clerk1', {'id': js['id']}))
    for r in ('clerk1', 'citizen1', 'chief1'): send('list_certificates', r)
    get('list_certificates', 'clerk1')
    send('create_certificate', 'citizen1', key=str(uuid.uuid4()))
def registered(code, n, clerk='clerk1'):
    js = new_case(code, n, role=clerk)
    if not js.get('id'): return js
    C('submit_case', clerk, js['id']); C('create_review', 'reviewer1', js['id'], {'result': 'PASS'}); return js
def quality():
    for i in range(4): registered('TRANSCRIPT_ZH', 300 + i, 'clerk1')
    for i in range(4): registered('HC_REISSUE', 310 + i, 'clerk2')
    st, h, js = act('create_spot_check_plan', 'chief1'); pid = js['id']
    get('get_spot_check_plan', 'chief1', {'id': pid}); get('list_spot_check_plans', 'chief1')
    st, h, js = act('create_draw', 'chief1', {'id': pid}); did = js['id']
    get('get_draw', 'chief1', {'id': did}); get('verify_draw', 'chief1', {'id': did}); get('get_draw_population', 'chief1', {'id': did}); get('list_spot_checks', 'chief1')
    for r in ('clerk1', 'reviewer1', 'director1', 'county'): send('list_spot_checks', r); send('get_draw', r, {'id': did})
    st, h, js, b = send('list_spot_checks', 'chief1', query={'draw_id': did}); it = js['items']; K['checks'] = len(it)
    X = lambda op, role, i, body=EXB: act(op, role, {'id': i}, body=body, etag=E('get_spot_check', role, {'id': i}))
    get('get_spot_check', 'chief1', {'id': it[0]['id']})
    X('record_finding', 'chief1', it[0]['id'])
    st, h, sc, b = send('get_spot_check', 'chief1', {'id': it[0]['id']}); who = {v: k for k, v in K['uid'].items()}[sc['clerk']]
    X('rebut_finding', who, it[0]['id']); send('rule_on_finding', 'chief1', {'id': it[0]['id']}, etag=E('get_spot_check', 'chief1', {'id': it[0]['id']}), key=str(uuid.uuid4()))
    st, h, sc, b = send('get_spot_check', 'chief1', {'id': it[0]['id']})
    if sc.get('status') != 'CLOSED': X('rule_on_finding', 'director1', it[0]['id'])
    for c in it[1:]: X('record_finding', 'chief1', c['id'], {'result': 'CORRECT'} if 'CORRECT' in json.dumps(S['CheckResult']) else {'result': [x for x in S['CheckResult']['enum'] if x != 'ERROR'][0]})
    send('list_spot_checks', 'chief1')
    get('list_errors', 'chief1'); get('list_error_rates', 'chief1', query={'by': S['RateBy']['enum'][0]})
    for by in S['RateBy']['enum']: send('list_errors', 'chief1', query={'by': by, 'month': '115-11'}); send('list_error_rates', 'chief1', query={'by': by})
    # errors proposed by the corrections and returns
    st, h, js, b = send('list_errors', 'chief1'); pr = [x for x in js['items'] if x['status'] == 'PROPOSED']; K['errors'] = collections.Counter(x['status'] for x in js['items'])
    for i in (330, 331):
        js2 = new_case('TRANSCRIPT_ZH', i); C('submit_case', 'clerk1', js2['id']); C('create_review', 'reviewer1', js2['id'], dict(example(OPS['create_review'])[1], result='ERROR'))
    for i in (320, 321):
        js2 = registered('TRANSCRIPT_ZH', i)
        C('correct_case', 'clerk1', js2['id'], {'changes': [{'pointer': '/fields/copies', 'value': 2}], 'office_error': True, 'reason': '誤載'}); C('approve_case_change', 'chief1', js2['id'])
    st, h, js, b = send('list_errors', 'chief1'); pr = [x for x in js['items'] if x['status'] not in ('CONFIRMED', 'DISMISSED')]; K['errors2'] = collections.Counter((x['status'], x['source']) for x in js['items'])
    for op, x in zip(('confirm_error', 'dismiss_error'), pr):
        for r in ('chief2', 'chief1', 'director1'):
            if op not in DONE: act(op, r, {'id': x['id']})
    for b_, n in (('maintenance', 'maintenance'), ('spot-checks', 'spot_checks')):
        lst = {'maintenance': 'list_maintenance_records', 'spot-checks': 'list_spot_check_entries'}[b_]
        get(lst, 'chief1'); get('export_%s_csv' % n, 'chief1', query={'purpose': '年度查核'}); get('export_%s_xlsx' % n, 'chief1', query={'purpose': '年度查核'})
    st, h, js, b = send('list_maintenance_records', 'chief1')
    if js['items']:
        l = js['items'][0]; act('reveal_maintenance_record', 'chief1', {'roc_year': l['roc_year'], 'number': l['number']}); act('strike_maintenance_record', 'director1', {'roc_year': l['roc_year'], 'number': l['number']}); send('list_maintenance_records', 'chief1')
    st, h, js, b = send('list_spot_check_entries', 'chief1')
    if js['items']:
        l = js['items'][0]; send('strike_spot_check_entry', 'chief1', {'roc_year': l['roc_year'], 'number': l['number']}, key=str(uuid.uuid4())); act('strike_spot_check_entry', 'director1', {'roc_year': l['roc_year'], 'number': l['number']}); send('list_spot_check_entries', 'chief1')
def agencies():
    act('rotate_agency_secret', 'admin1', {'code': 'WATER'})
    for code, ch in (('WATER', 'WEBHOOK'), ('TELECOM', 'BATCH')):
        st, h, js, b = send('get_agency', 'admin1', {'code': code})
        body = {k: v for k, v in js.items() if k in S['Agency']['properties']}; body.update(channel=ch)
        body['webhook_url'] = 'https://water.example.invalid/h' if ch == 'WEBHOOK' else None
        body['cadence'] = S['Cadence']['enum'][0] if ch == 'BATCH' and 'enum' in S['Cadence'] else None
        act('update_agency', 'admin1', {'code': code}, body=body, etag=E('get_agency', 'admin1', {'code': code}))
    send('list_agencies', 'admin1'); send('list_agencies', None)
    N = []
    for i in range(5):
        js = registered('MOVE_IN', 400 + i)
        ag = (['LOCAL_TAX', 'LAND'] if i else ['LOCAL_TAX', 'LAND', 'WATER', 'TELECOM'])
        now = json.loads(raw('GET', '/v1/office', {})[2])['now']
        if not isinstance(now, str): now = (now or {}).get('at') or '2026-11-23T09:10:00+08:00'
        st, h, a = act('create_agency_notice', 'clerk1', {'id': js['id']}, body=dict(agencies=ag, consent=dict(at=now, by='SELF', form='WRITTEN')))
        N.append(a)
        if i == 3: act('withdraw_consent', 'clerk1', {'id': a['id']}, etag=E('get_agency_notice', 'clerk1', {'id': a['id']}))
    time.sleep(5); get('list_agency_notices', 'clerk1'); get('get_agency_notice', 'clerk1', {'id': N[0]['id']})
    act('look_up_receipt', None, body=dict(number=N[0]['number'], secret=N[0]['receipt_secret']))
    time.sleep(3)
    h, q = get('list_agency_queue', 'agency-tax'); ids = [x['delivery_id'] for x in q.get('items', [])]; K['queue'] = len(ids)
    act('acknowledge_delivery', 'agency-tax', {'delivery_id': ids[0]}); act('update_delivery', 'agency-tax', {'delivery_id': ids[0]}); act('reject_delivery', 'agency-tax', {'delivery_id': ids[1]})
    send('acknowledge_delivery', 'agency-tax', {'delivery_id': ids[1]}, key=str(uuid.uuid4()))
    get('list_agency_deliveries', 'clerk1'); st, h, dl, b = send('list_agency_deliveries', 'clerk1', query={'status': 'REJECTED'})
    for r in ('chief1', 'director1', 'agency-tax', 'citizen1'): send('list_agency_deliveries', r); send('list_agency_notices', r); send('list_notice_ledger', r)
    get('get_agency_delivery', 'clerk1', {'id': ids[0]})
    st, h, x, b = send('list_agency_deliveries', 'clerk1', query={'agency': 'WATER'})
    for y in x['items']: send('get_agency_delivery', 'clerk1', {'id': y['id']})
    act('resend_delivery', 'clerk1', {'id': ids[1]})
    send('look_up_receipt', None, body=dict(number=N[1]['number'], secret=N[1]['receipt_secret'])); send('get_agency_notice', 'clerk1', {'id': N[1]['id']}); send('get_agency_notice', 'clerk1', {'id': N[3]['id']})
    get('list_notice_ledger', 'chief1'); send('list_notice_ledger', 'agency-tax'); send('list_notice_ledger', 'chief1', query={'agency': 'LOCAL_TAX', 'date': TODAY})
    st, h, js = act('create_reconciliation', 'agency-tax', {'code': 'LOCAL_TAX'}, body={'from': TODAY, 'to': TODAY, 'received': ids[:2] + ['019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f']})
    get('get_reconciliation', 'agency-tax', {'code': 'LOCAL_TAX', 'id': js['id']}); get('list_reconciliations', 'agency-tax', {'code': 'LOCAL_TAX'}); send('list_reconciliations', 'chief1', {'code': 'LOCAL_TAX'})
def batches():
    for r in ('admin1', 'chief1', 'clerk1', 'agency-tax', 'director1'): send('list_agency_batches', r)
    st, h, b = raw('POST', '/v1/clients', {'Authorization': 'Bearer ' + token('admin1'), 'Content-Type': 'application/json', 'Idempotency-Key': str(uuid.uuid4())}, json.dumps(dict(name='telecom', agency_code='TELECOM', scopes=['me.read', 'agency_queue.read', 'agency_queue.write', 'notice_ledger.read'], expires_on='2029-12-31')))
    js = json.loads(b); cs = js.get('client_secret') or js.get('secret')
    st, h, b = raw('POST', '/v1/oauth/token', {'Content-Type': 'application/x-www-form-urlencoded'}, urllib.parse.urlencode(dict(grant_type='client_credentials', client_id='telecom', client_secret=cs)))
    if st != 200: FAILED.append(('telecom', '', st, b.decode())); return
    TOK['telecom'] = (json.loads(b)['access_token'], time.time() + 600)
    h, js = get('list_agency_batches', 'telecom')
    if js.get('items'): get('get_agency_batch', 'telecom', {'id': js['items'][0]['id']})
def audit():
    get('list_audit_log', 'director1'); get('verify_audit_log', 'director1')
def english():
    """Every problem that came in Chinese is asked for once more in English, as far as one call gets it."""
def main():
    try:
        t0 = time.time()
        SRV.start('2026-11-23T09:00:00+08:00'); step('public', public)
        print('public %.0f s' % (time.time() - t0), file=sys.stderr)
        step('examples', examples); print('examples %.0f s' % (time.time() - t0), file=sys.stderr); step('methods', methods); step('broken', broken); print('broken %.0f s' % (time.time() - t0), file=sys.stderr)
        step('identity', identity); step('calendar', calendar); step('booking1', booking1); step('cases', cases); step('certs', certs); step('quality', quality); step('agencies', agencies)
        print('records %.0f s' % (time.time() - t0), file=sys.stderr)
        def at(clock, f):
            SRV.stop(); SRV.start(clock); step(f.__name__, f)
        sl = {u: B.get(u, {}).get('starts_at') for u in ('citizen1', 'citizen2', 'citizen3', 'ck0')}
        from datetime import datetime, timedelta
        later = lambda s, m: (datetime.fromisoformat(s) + timedelta(minutes=m)).isoformat()
        order = sorted([(later(sl['citizen1'], 2), booking2), (later(sl['citizen2'], 1), booking3), (later(sl['citizen3'], 1), join), (later(sl['citizen3'], 17), join2), (later(sl['ck0'], 1), counter), (later(sl['ck0'], 17), counter2)], key=lambda x: x[0])
        K['order'] = [(a, f.__name__) for a, f in order]
        for clock, f in order: at(clock, f)
        at('2026-11-30T09:30:00+08:00', batches); step('audit', audit)
        def again():
            for op in ('list_bookings', 'list_waitlist', 'list_cases', 'list_queues', 'list_booking_conflicts', 'list_agency_deliveries', 'list_notice_ledger', 'list_referrals'): send(op, 'chief1'); send(op, 'clerk1')
        step('again', again)
        print('all %.0f s' % (time.time() - t0), file=sys.stderr)
    finally:
        SRV.stop(); shutil.rmtree(SRV.dir, ignore_errors=True)
    report()
def report():
    ok = {op for op in OPS if any(200 <= s < 300 for s in SEEN[op])}
    print('operations %d, 2xx seen and validated %d (%.1f %%); requests %d, answers checked %d' % (len(OPS), len(ok), 100 * len(ok) / len(OPS), COUNT['requests'], COUNT['checked']))
    print('2xx missing:', sorted(set(OPS) - ok))
    doc = sum(len(o['resp']) for o in OPS.values()); print('documented statuses %d, seen %d' % (doc, sum(1 for op, o in OPS.items() for c in o['resp'] if SEEN[op][int(c)])))
    print('\n=== FAULTS')
    for k, v in FAULTS.items():
        print('\n##', k, len(v))
        if len({w for w in v.values()}) == 1 and len(v) > 3: print('   ', list(v.values())[0], ' '.join(v))
        else:
            for op, w in v.items(): print('  ', op, w)
    print('\n=== sometimes null, sometimes absent')
    for (n, k), c in sorted(PRES.items()):
        if c['absent'] and c['null']: print('  %s.%s absent %d null %d value %d; absent in %s; null in %s' % (n, k, c['absent'], c['null'], c['value'], sorted(PWHERE[(n, k, 'absent')])[:4], sorted(PWHERE[(n, k, 'null')])[:4]))
    print('\n=== nullable but seen absent only', [('%s.%s' % nk) for nk, c in sorted(PRES.items()) if c['absent'] and not c['null']])
    print('\n=== never seen with a value', [('%s.%s' % nk) for nk, c in sorted(PRES.items()) if not c['value']])
    print('\n=== examples: body operations and what came (code: roles)')
    for op, l in EXRES.items():
        if op == 'check_case by form': print('  BY FORM', l); continue
        if not OPS[op].get('requestBody'): continue
        g = collections.OrderedDict()
        for r, st, code, er in l: g.setdefault('%s %s %s' % (st, code, [(e['pointer'], e['code']) for e in er or []] if st in (400, 422) else ''), []).append(str(r))
        print('  ', op, {k: ','.join(dict.fromkeys(v)) for k, v in g.items()})
    print('\n=== FAILED steps'); [print('  ', x) for x in FAILED]
    print('\n=== problems seen', dict(PROBS)); print('codes never seen', sorted(set(S['ProblemCode']['enum']) - set(PROBS)))
    print('K', {k: v for k, v in K.items() if k != 'uid'})
if __name__ == '__main__': main()
