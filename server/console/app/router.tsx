import { type ComponentType, type LazyExoticComponent, lazy, Suspense } from 'react';
import { createBrowserRouter } from 'react-router';
import { SignInPage } from '../session/sign-in-page.tsx';
import { Gate } from './gate.tsx';
import { PageSkeleton } from './page-skeleton.tsx';
import { RouteFault } from './route-fault.tsx';
import { Shell } from './shell.tsx';

const Overview = lazy(() => import('../overview/overview-page.tsx').then((m) => ({ default: m.OverviewPage })));
const ClusterDrawer = lazy(() => import('../clusters/cluster-drawer.tsx').then((m) => ({ default: m.ClusterDrawer })));
const Library = lazy(() => import('../library/library-page.tsx').then((m) => ({ default: m.LibraryPage })));
const Compose = lazy(() => import('../library/compose-page.tsx').then((m) => ({ default: m.ComposePage })));
const BulletinDetail = lazy(() => import('../library/bulletin-page.tsx').then((m) => ({ default: m.BulletinPage })));
const Review = lazy(() => import('../library/review-page.tsx').then((m) => ({ default: m.ReviewPage })));
const Week = lazy(() => import('../schedule/schedule-page.tsx').then((m) => ({ default: m.SchedulePage })));
const NewSchedule = lazy(() => import('../schedule/new-schedule-page.tsx').then((m) => ({ default: m.NewSchedulePage })));
const ProgrammeEditor = lazy(() => import('../schedule/programme-page.tsx').then((m) => ({ default: m.ProgrammePage })));
const Play = lazy(() => import('../onair/play-page.tsx').then((m) => ({ default: m.PlayPage })));
const Broadcast = lazy(() => import('../onair/broadcast-page.tsx').then((m) => ({ default: m.BroadcastPage })));
const PlayLog = lazy(() => import('../playlog/play-log-page.tsx').then((m) => ({ default: m.PlayLogPage })));
const People = lazy(() => import('../people/people-page.tsx').then((m) => ({ default: m.PeoplePage })));
const NotFound = lazy(() => import('./not-found-page.tsx').then((m) => ({ default: m.NotFoundPage })));

function page(Page: LazyExoticComponent<ComponentType>) {
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Page />
    </Suspense>
  );
}

/** The addresses of the console, in the words of its people. */
export function makeRouter() {
  const fault = <RouteFault />;
  return createBrowserRouter([
    { path: '/dang-nhap', element: <SignInPage />, errorElement: fault },
    {
      element: (
        <Gate>
          <Shell />
        </Gate>
      ),
      errorElement: fault,
      children: [
        {
          errorElement: fault,
          children: [
            {
              path: '/',
              element: page(Overview),
              children: [
                {
                  path: 'cum-loa/:code',
                  element: (
                    <Suspense>
                      <ClusterDrawer />
                    </Suspense>
                  ),
                },
              ],
            },
            { path: 'phat-ngay', element: page(Play) },
            { path: 'phat-ngay/:broadcastId', element: page(Broadcast) },
            { path: 'thu-vien', element: page(Library) },
            { path: 'thu-vien/soan', element: page(Compose) },
            { path: 'thu-vien/:id', element: page(BulletinDetail) },
            { path: 'kiem-duyet', element: page(Review) },
            { path: 'lich-phat', element: page(Week) },
            { path: 'lich-phat/moi', element: page(NewSchedule) },
            { path: 'lich-phat/chuong-trinh/:id', element: page(ProgrammeEditor) },
            { path: 'nhat-ky', element: page(PlayLog) },
            { path: 'nguoi-dung', element: page(People) },
            { path: '*', element: page(NotFound) },
          ],
        },
      ],
    },
  ]);
}
