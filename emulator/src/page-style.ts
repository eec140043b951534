// How the administrator's page looks: one sheet, light and dark, no font or picture from elsewhere.
export const pageStyle = `:root{color-scheme:light dark;--ink:light-dark(#1f1f1f,#ececec);
--quiet:light-dark(#605e5c,#a8a8ad);--line:light-dark(#e3e1df,#3a3a40);
--paper:light-dark(#fff,#232327);
--ground:light-dark(#f5f4f2,#18181b);--blue:light-dark(#0f6cbd,#62abf5);
--red:light-dark(#b10e1c,#f1707b)}
*{box-sizing:border-box}
body{font:14px/1.45 "Segoe UI",system-ui,sans-serif;margin:0;background:var(--ground);
color:var(--ink)}
header{background:var(--paper);border-bottom:1px solid var(--line);padding:1rem 1.5rem;
display:flex;
flex-wrap:wrap;gap:.25rem 2rem;align-items:baseline}
h1{font-size:1.25rem;margin:0;font-weight:600}h2{font-size:1rem;margin:0 0 .75rem;font-weight:600}
header p{margin:0;color:var(--quiet)}header b{color:var(--ink);font-variant-numeric:tabular-nums}
main{display:grid;grid-template-columns:minmax(15rem,21rem) minmax(0,1fr);gap:1.25rem;
padding:1.25rem 1.5rem;
max-width:84rem;margin:0 auto;align-items:start}
.scroll{max-height:34rem;overflow:auto;margin-right:-.75rem;padding-right:.75rem}
nav.scroll{max-height:39rem;margin-left:-.75rem;padding-left:.75rem}
nav b{min-width:2.6rem;text-align:right;font-weight:inherit}
section{background:var(--paper);border:1px solid var(--line);border-radius:8px;
padding:1rem 1.25rem}
.requests{grid-column:1/-1}
a{color:var(--blue);text-decoration:none}a:hover{text-decoration:underline}
code,.mono{font:12.5px/1.4 ui-monospace,"Cascadia Code",monospace}
nav a{display:flex;justify-content:space-between;align-items:center;gap:.75rem;
padding:.4rem .6rem;
margin:0 -.6rem;border-radius:6px;color:inherit}
nav a:hover{background:var(--ground);text-decoration:none}
nav a[aria-current]{background:var(--ground);box-shadow:inset 3px 0 var(--blue);font-weight:600}
nav span:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
nav .right{display:flex;gap:.5rem;align-items:center;font-weight:400;color:var(--quiet);
font-variant-numeric:tabular-nums;white-space:nowrap}
.badge{font-size:11px;padding:.05rem .45rem;border-radius:99px;border:1px solid currentColor;
color:var(--quiet);
font-weight:400;white-space:nowrap}
.badge.unified{color:var(--blue)}.badge.locked{color:light-dark(#8a5a00,#e0b050)}
table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid var(--line);padding:.35rem .5rem .35rem 0;text-align:left;
vertical-align:middle}
th{font-weight:400;color:var(--quiet)}tr:last-child td{border-bottom:0}td.end{text-align:right;
width:1%}td{height:2.1rem;padding-top:.1rem;padding-bottom:.1rem}
form{margin:0}.row{display:flex;gap:.5rem;margin:0 0 1rem}
input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--quiet);
border-radius:5px;
padding:.35rem .6rem;flex:1;min-width:0}
button{font:inherit;color:inherit;background:none;border:1px solid var(--line);border-radius:5px;
padding:.3rem .8rem;cursor:pointer}
button.main{background:var(--blue);border-color:var(--blue);color:light-dark(#fff,#111)}
button.quiet{border-color:transparent;color:var(--red);padding:.1rem .5rem}
button.quiet:hover{border-color:currentColor}
:focus-visible{outline:2px solid var(--blue);outline-offset:1px}
.problem{background:light-dark(#fdf3f4,#3b1c1f);border:1px solid var(--red);border-radius:6px;
padding:.5rem .75rem;
margin:0 0 1rem}.done{color:var(--quiet)}
.quiet-text{color:var(--quiet)}.status{font-variant-numeric:tabular-nums}
.status.bad{color:var(--red)}
@media(max-width:46rem){main{grid-template-columns:minmax(0,1fr)}}`;
